import { scanJson, type ScannedJson } from "#platform";
import { isObject, stringAt } from "../json/json-access.ts";
import { requestWithin } from "../json/place-within.ts";
import { readStrings, type StringDialect } from "../json/read-strings.ts";
import { NO_REQUEST, type Decoded, type DecodedRequest, type Endpoint } from "../protocol.ts";

const DEPTH_MAX = 64;
const LINE_FEED = 0x0a;
const BLANK = /^[\t\r ]*$/;
const BODY = new Set(["body"]);
const NO_FIELDS: ReadonlySet<string> = new Set();

/** What stands around a request in its line, or in a line that is none. */
const AROUND: StringDialect = {
  placeOf: (steps) => ({ role: steps.at(-1) ?? "", provenance: "user" }),
  isWord: ([field = ""], value) =>
    (field === "method" && value === "POST") || (field === "url" && /^\/v1\/[a-z/_]{1,60}$/.test(value)),
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
};

const refuse = (message: string, pointer: string): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_request", message, pointer },
});

/** Bytes of the value at `/body`, with what else the line says. */
interface Line {
  readonly scan: ScannedJson;
  readonly body: { readonly start: number; readonly end: number } | undefined;
}

const scanLine = (bytes: Buffer): Decoded<Line> => {
  const scanned = scanJson(bytes, { depthMax: DEPTH_MAX, spanKeys: BODY });
  if (!scanned.ok) return refuse(scanned.fault.message, "");
  if (!isObject(scanned.value.value)) return refuse("A line must be a JSON object", "");
  return {
    ok: true,
    value: { scan: scanned.value, body: scanned.value.spans.find(({ pointer }) => pointer === "/body") },
  };
};

/** How the lines of a file are read. */
export type LineReader = (line: Buffer) => Decoded<DecodedRequest>;

/** Strings of a line that are not those of its request. */
const around = ({ leaves, keys }: ScannedJson): DecodedRequest => {
  const outside = leaves.filter(({ pointer }) => !pointer.startsWith("/body/"));
  const keysOutside = keys.filter(({ pointer }) => !pointer.startsWith("/body/"));
  return {
    ...NO_REQUEST,
    segments: readStrings({ leaves: outside, keys: keysOutside }, AROUND, "request", 0).segments,
  };
};

/** Two requests as one. */
const joined = (one: DecodedRequest, other: DecodedRequest): DecodedRequest => ({
  ...one,
  segments: [...one.segments, ...other.segments],
  unscannable: [...one.unscannable, ...other.unscannable],
  refersTo: [...(one.refersTo ?? []), ...(other.refersTo ?? [])],
  toolCalls: [...(one.toolCalls ?? []), ...(other.toolCalls ?? [])],
  toolResults: [...(one.toolResults ?? []), ...(other.toolResults ?? [])],
  toolDefinitions: [...(one.toolDefinitions ?? []), ...(other.toolDefinitions ?? [])],
  model: other.model,
  toolNames: [...one.toolNames, ...other.toolNames],
  tokensMax: one.tokensMax + other.tokensMax,
});

/** A line of a batch: a request to the endpoint that it names, read as that endpoint reads it. */
export const batchLine =
  (endpoints: readonly Endpoint[]): LineReader =>
  (bytes) => {
    const line = scanLine(bytes);
    if (!line.ok) return line;
    const { scan, body } = line.value;
    const method = stringAt(scan.value, "method");
    const url = stringAt(scan.value, "url");
    const endpoint = endpoints.find(
      (one) => one.body === "json" && one.method === method && (url === one.path || url === `/v1${one.path}`),
    );
    if (endpoint === undefined) return refuse("A line names no endpoint that is inspected", "/url");
    if (body === undefined) return refuse("A line has no body", "/body");
    const inner = scanJson(bytes.subarray(body.start, body.end), { depthMax: DEPTH_MAX });
    if (!inner.ok) return refuse(inner.fault.message, "/body");
    const request = endpoint.decodeRequest(inner.value);
    if (!request.ok) return refuse(request.refusal.message, `/body${request.refusal.pointer ?? ""}`);
    const own = around(scan);
    const within = { prefix: "/body", byteShift: body.start, indexShift: own.segments.length };
    return { ok: true, value: joined(own, requestWithin(request.value, within)) };
  };

/** A line to train on: a conversation where it looks like one, else words that the user gives. */
export const trainingLine =
  (conversation: Endpoint["decodeRequest"]): LineReader =>
  (bytes) => {
    const line = scanLine(bytes);
    if (!line.ok) return line;
    const { scan } = line.value;
    const request = conversation(scan);
    if (request.ok) return request;
    const { segments } = readStrings(scan, AROUND, "request", 0);
    return { ok: true, value: { ...NO_REQUEST, segments } };
  };

/** A file of lines as one request: every line must be one that can be read. `at` and `start` are the file's place. */
export const decodeLines = (bytes: Buffer, read: LineReader, at: string, start: number): Decoded<DecodedRequest> => {
  const parts: DecodedRequest[] = [];
  let indexShift = 0;
  for (let from = 0, line = 0; from < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const to = feed === -1 ? bytes.length : feed;
    const piece = bytes.subarray(from, to);
    const byteShift = start + from;
    from = to + 1;
    if (BLANK.test(piece.subarray(0, 200).toString("latin1"))) continue;
    const decoded = read(piece);
    if (!decoded.ok) return refuse(decoded.refusal.message, `${at}/${line}${decoded.refusal.pointer ?? ""}`);
    parts.push(requestWithin(decoded.value, { prefix: `${at}/${line}`, byteShift, indexShift }));
    indexShift += decoded.value.segments.length;
  }
  if (parts.length === 0) return refuse("The file has no lines", at);
  const models = [...new Set(parts.flatMap(({ model, otherModels = [] }) => [model, ...otherModels]))];
  const all: DecodedRequest = {
    ...NO_REQUEST,
    segments: parts.flatMap(({ segments }) => segments),
    unscannable: parts.flatMap(({ unscannable }) => unscannable),
    refersTo: parts.flatMap(({ refersTo = [] }) => refersTo),
    toolCalls: parts.flatMap(({ toolCalls = [] }) => toolCalls),
    toolResults: parts.flatMap(({ toolResults = [] }) => toolResults),
    toolDefinitions: parts.flatMap(({ toolDefinitions = [] }) => toolDefinitions),
    toolNames: [...new Set(parts.flatMap(({ toolNames }) => toolNames))],
    model: models[0] ?? "",
    otherModels: models.slice(1),
    tokensMax: parts.reduce((sum, { tokensMax }) => sum + tokensMax, 0),
  };
  return { ok: true, value: all };
};
