import type { Severity } from "@parapet/model";

/** One syslog message taken apart (RFC 5424, RFC 3164). Fields that it does not say are absent. */
export interface SyslogMessage {
  readonly severity: Severity;
  readonly facility: number;
  /** As written; RFC 3164 says neither year nor zone, so there is none. */
  readonly time?: string;
  readonly host?: string;
  readonly application?: string;
  readonly process?: string;
  readonly text: string;
}

/** RFC 5424 §6.2.1: 0 emergency … 7 debug. */
const SEVERITIES: readonly Severity[] = [
  "critical",
  "critical",
  "critical",
  "high",
  "medium",
  "low",
  "informational",
  "informational",
];
const NEW_FORM = /^1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const OLD_FORM = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\S{1,255}) /;
const OLD_TAG = /^([\w./-]{1,48})(?:\[([\w.-]{1,32})\])?: ?/;
const BOM = "\ufeff";

const named = (value: string | undefined): string | undefined => (value === "-" ? undefined : value);

/** Never throws: what has no priority is a message of its own. */
export const parseSyslog = (line: string): SyslogMessage => {
  const [head, priority] = /^<(\d{1,3})>/.exec(line) ?? [];
  const code = Math.min(Number(priority ?? 13), 191);
  const about = { severity: SEVERITIES[code % 8] ?? "informational", facility: Math.floor(code / 8) };
  const rest = line.slice(head?.length ?? 0);
  const modern = NEW_FORM.exec(rest);
  if (modern !== null) {
    const [whole, time, host, application, process] = modern.map(named);
    const text = withoutData(rest.slice(whole?.length ?? 0));
    return { ...about, ...present({ time, host, application, process }), text };
  }
  const old = OLD_FORM.exec(rest);
  const body = old === null ? rest : rest.slice(old[0].length);
  const tag = OLD_TAG.exec(body);
  const fields = { host: old?.[1], application: tag?.[1], process: tag?.[2] };
  return { ...about, ...present(fields), text: tag === null ? body : body.slice(tag[0].length) };
};

const present = (
  fields: Readonly<Record<string, string | undefined>>,
): Partial<Record<"time" | "host" | "application" | "process", string>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Leaves out structured data: `-`, or `[id name="value"]…` with escaped quotes and brackets. */
const withoutData = (rest: string): string => {
  let at = 0;
  if (rest.startsWith("-")) at = 1;
  else
    while (rest[at] === "[") {
      let isQuoted = false;
      for (at += 1; at < rest.length && (isQuoted || rest[at] !== "]"); at += 1) {
        if (rest[at] === "\\" && isQuoted) at += 1;
        else if (rest[at] === '"') isQuoted = !isQuoted;
      }
      at += 1;
    }
  const text = rest.slice(at).replace(/^ /, "");
  return text.startsWith(BOM) ? text.slice(1) : text;
};

const CEE = /^@cee: ?/;

/**
 * What a source gets of a message: the message itself, since that is what the sender's own format is; for the
 * generic source a record of all its parts, where the message is no JSON.
 */
export const recordOf = (line: string, isGeneric: boolean): string => {
  const { severity, time, host, application, process, facility, text } = parseSyslog(line);
  const said = text.replace(CEE, "").replaceAll("\n", " ").trim();
  if (!isGeneric || said.startsWith("{")) return said;
  const moment = time === undefined || Number.isNaN(Date.parse(time)) ? {} : { time };
  return JSON.stringify({
    ...moment,
    kind: "syslog",
    severity,
    facility,
    ...present({ host, application, process }),
    message: said,
  });
};
