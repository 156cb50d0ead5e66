import { pino, type Logger as PinoLogger } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

const SECRET_NAME =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|api[-_]?key|credential|password|passphrase|secret|token|master[-_]?key|private[-_]?key)$/i;
const SECRET_VALUE =
  /\b(?:(?:Bearer|Basic)\s+[\w.~+/=-]{8,512}|(?:sk|pk|rk|ppt|ppk|xox[abp]|gh[pousr])[-_][\w-]{12,512})/g;
const DEPTH_MAX = 6;

const scrubText = (text: string): string => text.replace(SECRET_VALUE, "[redacted]");

/** A copy without credentials, by field name and by the look of the value. */
const scrub = (value: unknown, depth: number): unknown => {
  if (typeof value === "string") return scrubText(value);
  if (value === null || typeof value !== "object") return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) {
    return {
      type: value.name,
      message: scrubText(value.message),
      stack: scrubText(value.stack ?? ""),
      ...("code" in value ? { code: scrub(value.code, depth + 1) } : {}),
      ...("detail" in value ? { detail: scrub(value.detail, depth + 1) } : {}),
      ...(value.cause === undefined ? {} : { cause: scrub(value.cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => scrub(item, depth + 1));
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) ? "[redacted]" : scrub(field, depth + 1),
    ]),
  );
};

export interface LogDestination {
  write(line: string): void;
}

const fieldsOf = (fields: LogFields): LogFields => scrub(fields, 0) as LogFields;

const wrap = (inner: PinoLogger): Logger => {
  const at =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (inner.isLevelEnabled(level)) inner[level](fieldsOf(fields), scrubText(message));
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(inner.child(fieldsOf(fields))),
  };
};

/** JSON lines on stderr (stdout belongs to data). */
export const createLogger = (
  level: LogLevel | "silent",
  destination: LogDestination = pino.destination({ fd: 2, sync: true }),
): Logger =>
  wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    ),
  );

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
