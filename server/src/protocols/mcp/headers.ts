import { isObject, type JsonObject } from "../json/json-access.ts";

const PREFIX = "=?base64?";
const SUFFIX = "?=";
const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What a header may carry as it is: visible ASCII, spaces only within. */
const PLAIN = /^(?! )[\x20-\x7e]*(?<! )$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** Value of a header; undefined where its encoding is broken. */
export const decodeHeader = (value: string): string | undefined => {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value;
  const base64 = value.slice(PREFIX.length, -SUFFIX.length);
  if (!CANONICAL.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
};

export const encodeHeader = (value: string): string =>
  PLAIN.test(value) && !value.startsWith(PREFIX) ? value : PREFIX + Buffer.from(value).toString("base64") + SUFFIX;

/** An argument that a tool's schema wants repeated in a header (`x-mcp-header`). */
export interface HeaderArgument {
  /** Lower case, with its prefix: `mcp-param-region`. */
  readonly header: string;
  readonly path: readonly string[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const DEPTH_MAX = 16;

/** The arguments of a schema that go into headers, along `properties` only, as the revision of 2026-07-28 has it. */
export const headerArguments = (schema: unknown, path: readonly string[] = []): readonly HeaderArgument[] => {
  if (!isObject(schema) || path.length > DEPTH_MAX) return [];
  const name = schema["x-mcp-header"];
  const own =
    path.length > 0 && typeof name === "string" && TOKEN.test(name)
      ? [{ header: `mcp-param-${name.toLowerCase()}`, path }]
      : [];
  const { properties } = schema;
  if (!isObject(properties)) return own;
  return [...own, ...Object.entries(properties).flatMap(([key, child]) => headerArguments(child, [...path, key]))];
};

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), root);

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
    ? String(value)
    : undefined;

/** Headers that repeat the arguments of a call. */
export const argumentHeaders = (wanted: readonly HeaderArgument[], args: unknown): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const { header, path } of wanted) {
    const text = textOf(valueAt(args, path));
    if (text !== undefined) headers[header] = encodeHeader(text);
  }
  return headers;
};

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The first header that says something else than the body; undefined where all agree. Who routes by headers and who
 * reads the body must see the same request.
 */
export const disagreement = (
  headers: Headers,
  request: {
    readonly method: string;
    readonly params: JsonObject;
    readonly version: string;
    readonly named?: string | undefined;
  },
  wanted: readonly HeaderArgument[],
): string | undefined => {
  const says = (header: string): string | undefined => {
    const value = headers[header];
    return typeof value === "string" ? decodeHeader(value.trim()) : undefined;
  };
  if (says("mcp-protocol-version") !== request.version) return "MCP-Protocol-Version";
  if (says("mcp-method") !== request.method) return "Mcp-Method";
  if (request.named !== undefined && says("mcp-name") !== request.named) return "Mcp-Name";
  return wanted.find(({ header, path }) => {
    const inBody = valueAt(request.params["arguments"], path);
    const text = textOf(inBody);
    if (text === undefined) return false;
    const said = says(header);
    if (typeof inBody === "number" && said !== undefined && DECIMAL.test(said)) return Number(said) !== inBody;
    return said !== text;
  })?.header;
};
