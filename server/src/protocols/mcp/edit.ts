import { spliceJsonStrings, type JsonEdit, type JsonSpan, type ScannedJson } from "#platform";
import { isObject, type JsonObject } from "../json/json-access.ts";
import { readMessage, type RpcId, type RpcMessage } from "./message.ts";

const OPEN_BRACE = 0x7b;

/** Values that become others, by their pointers; what is not there stays out. */
export type Changes = ReadonlyMap<string, string | number>;

/** Members that are added in front of an object's own, by the object's pointer. Values are JSON texts. */
export type Additions = ReadonlyMap<string, Readonly<Record<string, string>>>;

const spanAt = ({ spans }: ScannedJson, pointer: string): JsonSpan | undefined =>
  spans.find((span) => span.pointer === pointer);

/** Bytes of the member `root` (`params`, `result`, `error`) with changes; all other bytes stay as they came. */
export const editMember = (
  scan: ScannedJson,
  root: "params" | "result" | "error",
  changes: Changes,
  additions: Additions = new Map(),
): Buffer => {
  const whole = spanAt(scan, `/${root}`);
  if (whole === undefined) return Buffer.from(objectText(additions.get(`/${root}`) ?? {}));
  const edits: JsonEdit[] = [];
  for (const [pointer, value] of changes) {
    const span = spanAt(scan, pointer);
    if (span !== undefined) edits.push({ ...span, token: Buffer.from(JSON.stringify(value)) });
  }
  for (const [pointer, members] of additions) {
    const span = spanAt(scan, pointer);
    if (span === undefined || scan.bytes[span.start] !== OPEN_BRACE) continue;
    const text = objectText(members).slice(1, -1);
    const token = Buffer.from(text === "" || isEmpty(scan.bytes, span) ? text : `${text},`);
    edits.push({ start: span.start + 1, end: span.start + 1, token });
  }
  const shifted = edits
    .filter(({ start, end }) => start >= whole.start && end <= whole.end)
    .map((edit) => ({ ...edit, start: edit.start - whole.start, end: edit.end - whole.start }));
  return spliceJsonStrings(scan.bytes.subarray(whole.start, whole.end), shifted);
};

const isEmpty = (bytes: Buffer, { start, end }: JsonSpan): boolean =>
  bytes.toString("latin1", start + 1, end - 1).trim() === "";

const objectText = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
    .join(",")}}`;

const HEAD = '{"jsonrpc":"2.0",';

export const callBytes = (id: RpcId, method: string, params: Buffer | undefined): Buffer =>
  Buffer.concat([
    Buffer.from(`${HEAD}"id":${JSON.stringify(id)},"method":${JSON.stringify(method)}`),
    ...(params === undefined ? [] : [Buffer.from(',"params":'), params]),
    Buffer.from("}"),
  ]);

export const notificationBytes = (method: string, params: Buffer | undefined): Buffer =>
  Buffer.concat([
    Buffer.from(`${HEAD}"method":${JSON.stringify(method)}`),
    ...(params === undefined ? [] : [Buffer.from(',"params":'), params]),
    Buffer.from("}"),
  ]);

export const answerBytes = (id: RpcId | null, member: "result" | "error", value: Buffer | string): Buffer =>
  Buffer.concat([
    Buffer.from(`${HEAD}"id":${JSON.stringify(id)},"${member}":`),
    typeof value === "string" ? Buffer.from(value) : value,
    Buffer.from("}"),
  ]);

/** A message that was written here, read as any other. */
export const ownMessage = (bytes: Buffer): RpcMessage => {
  const read = readMessage(bytes, Number.MAX_SAFE_INTEGER);
  if (!read.ok) throw new Error(`a message of our own cannot be read: ${read.reason}`);
  return read.message;
};

export const metaOf = (params: JsonObject): JsonObject => {
  const meta = params["_meta"];
  return isObject(meta) ? meta : {};
};
