import { openJson, type JsonSpan, type ScannedJson, type StringLeaf } from "#platform";
import { isObject, stringAt, type JsonObject } from "../json/json-access.ts";
import { isModelName } from "../json/plain-names.ts";
import { requestWithin, segmentsWithin, type Within } from "../json/place-within.ts";
import { readStrings, type StringDialect } from "../json/read-strings.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedToolCall,
  type DecodedToolDefinition,
  type DecodedToolResult,
  type Endpoint,
  type KeptObject,
  type LocatedSegment,
  type UnscannablePart,
} from "../protocol.ts";

const DEPTH_MAX = 64;
const LINE_FEED = 0x0a;
const OPENING = 0x7b;
const NO_FIELDS: ReadonlySet<string> = new Set();

/** What stands around a request in its line, or in a line that is none. */
const AROUND: StringDialect = {
  placeOf: (steps) => ({ role: steps.at(-1) ?? "", provenance: "user" }),
  isWord: ([field = ""], value) =>
    (field === "custom_id" && isModelName(value)) ||
    (field === "method" && value === "POST") ||
    (field === "url" && /^\/v1\/[a-z/_]{1,60}$/.test(value)),
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
};

const refuse = (message: string, pointer: string): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_request", message, pointer },
});

/** Strings of a line by whether they stand in its request, which is one run of them. */
const parted = (
  all: readonly StringLeaf[],
  { start, end }: JsonSpan,
): { readonly inner: readonly StringLeaf[]; readonly outer: readonly StringLeaf[] } => {
  const inner: StringLeaf[] = [];
  const outer: StringLeaf[] = [];
  for (const leaf of all) (leaf.start > start && leaf.end < end ? inner : outer).push(leaf);
  return { inner, outer };
};

/** A line of a file. The places of its strings are those in the file. */
interface Line extends Pick<ScannedJson, "leaves" | "keys" | "spans"> {
  readonly value: JsonObject;
  /** Of the file. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** How the lines of a file are read. */
export interface LineReader {
  /** Field whose value is a body of its own, with the pointers that its strings have in one. */
  readonly innerKey?: string;
  /** `at`: the line's place. */
  readonly read: (line: Line, at: Within) => Decoded<DecodedRequest>;
}

/** A line of a batch: a request to the endpoint that it names, read as that endpoint reads it. */
export const batchLine = (endpoints: readonly Endpoint[]): LineReader => ({
  innerKey: "body",
  read: ({ value, bytes, leaves, keys, spans: [body] }, at) => {
    const method = stringAt(value, "method");
    const url = stringAt(value, "url");
    const endpoint = endpoints.find(
      (one) => one.body === "json" && one.method === method && (url === one.path || url === `/v1${one.path}`),
    );
    if (endpoint === undefined) return refuse("A line names no endpoint that is inspected", "/url");
    if (body === undefined) return refuse("A line has no body", "/body");
    const values = parted(leaves, body);
    const names = parted(keys, body);
    // Readers of requests hand the places of strings on and read no bytes: only how many there are counts.
    const request = endpoint.decodeRequest({
      bytes: bytes.subarray(body.start, body.end),
      value: value["body"],
      leaves: values.inner,
      keys: names.inner,
      spans: [],
    });
    if (!request.ok) return refuse(request.refusal.message, `/body${request.refusal.pointer ?? ""}`);
    const { segments: own } = readStrings({ leaves: values.outer, keys: names.outer }, AROUND, "request", 0);
    const placed = requestWithin(request.value, {
      ...at,
      prefix: `${at.prefix}/body`,
      indexShift: at.indexShift + own.length,
    });
    if (own.length === 0) return { ok: true, value: placed };
    return { ok: true, value: { ...placed, segments: [...segmentsWithin(own, at), ...placed.segments] } };
  },
});

/** A line to train on: a conversation where it looks like one, else words that the user gives. */
export const trainingLine = (conversation: Endpoint["decodeRequest"]): LineReader => ({
  read: (line, at) => {
    const request = conversation({ ...line, bytes: line.bytes.subarray(line.start, line.end) });
    if (request.ok) return { ok: true, value: requestWithin(request.value, at) };
    const { segments } = readStrings(line, AROUND, "request", 0);
    return { ok: true, value: { ...NO_REQUEST, segments: segmentsWithin(segments, at) } };
  },
});

const isBlank = (bytes: Buffer, start: number, end: number): boolean =>
  bytes[start] !== OPENING &&
  bytes.subarray(start, end).every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** A file of lines as one request: every line must be one that can be read. `at`: the file's place. */
export const decodeLines = (bytes: Buffer, { innerKey, read }: LineReader, at: Within): Decoded<DecodedRequest> => {
  const scan = openJson(bytes);
  const options = { depthMax: DEPTH_MAX, ...(innerKey !== undefined && { innerKey }) };
  const segments: LocatedSegment[] = [];
  const unscannable: UnscannablePart[] = [];
  const refersTo: KeptObject[] = [];
  const toolCalls: DecodedToolCall[] = [];
  const toolResults: DecodedToolResult[] = [];
  const toolDefinitions: DecodedToolDefinition[] = [];
  const toolNames = new Set<string>();
  const models = new Set<string>();
  let tokensMax = 0;
  for (let end = -1, line = 0; end < bytes.length; line += 1) {
    const start = end + 1;
    const feed = bytes.indexOf(LINE_FEED, start);
    end = feed === -1 ? bytes.length : feed;
    if (isBlank(bytes, start, end)) continue;
    const prefix = `${at.prefix}/${line}`;
    const scanned = scan(options, start, end);
    if (!scanned.ok) return refuse(scanned.fault.message, prefix);
    const { value: body, leaves, keys, spans } = scanned.value;
    if (!isObject(body)) return refuse("A line must be a JSON object", prefix);
    const place = { ...at, prefix, indexShift: at.indexShift + segments.length };
    const decoded = read({ value: body, bytes, start, end, leaves, keys, spans }, place);
    if (!decoded.ok) return refuse(decoded.refusal.message, `${prefix}${decoded.refusal.pointer ?? ""}`);
    const { value } = decoded;
    addAll(segments, value.segments);
    addAll(unscannable, value.unscannable);
    addAll(refersTo, value.refersTo);
    addAll(toolCalls, value.toolCalls);
    addAll(toolResults, value.toolResults);
    addAll(
      toolDefinitions,
      value.toolDefinitions?.map((one) => ({ ...one, within: prefix })),
    );
    for (const name of value.toolNames) toolNames.add(name);
    models.add(value.model);
    for (const model of value.otherModels ?? []) models.add(model);
    tokensMax += value.tokensMax;
  }
  // Each line that is read names a model, be it none.
  if (models.size === 0) return refuse("The file has no lines", at.prefix);
  const [model = "", ...otherModels] = models;
  const names = [...toolNames];
  const tools = { toolCalls, toolResults, toolDefinitions, toolNames: names };
  return {
    ok: true,
    value: { ...NO_REQUEST, segments, unscannable, refersTo, ...tools, model, otherModels, tokensMax },
  };
};

/** Without a call of many arguments, of which there may not be any number. */
const addAll = <T>(to: T[], more: readonly T[] = []): void => {
  for (const one of more) to.push(one);
};
