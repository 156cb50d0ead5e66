import { scanJson, type JsonSpan, type ScannedJson, type ScanOptions, type StringLeaf } from "#platform";
import { isObject, stringAt } from "../json/json-access.ts";
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
/** A line's request: its strings have the pointers that they have in a body of their own. */
const WITH_BODY = { innerKey: "body" };
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

const scanLine = (bytes: Buffer, options: Pick<ScanOptions, "innerKey"> = {}): Decoded<ScannedJson> => {
  const scanned = scanJson(bytes, { depthMax: DEPTH_MAX, ...options });
  if (!scanned.ok) return refuse(scanned.fault.message, "");
  return isObject(scanned.value.value) ? scanned : refuse("A line must be a JSON object", "");
};

/** Strings of a line by whether they stand in its request, and those of the request where they stand in that. */
const parted = (
  all: readonly StringLeaf[],
  { start, end }: JsonSpan,
): { readonly inner: readonly StringLeaf[]; readonly outer: readonly StringLeaf[] } => {
  const inner: StringLeaf[] = [];
  const outer: StringLeaf[] = [];
  for (const leaf of all) {
    if (leaf.start <= start || leaf.end >= end) outer.push(leaf);
    else inner.push({ pointer: leaf.pointer, value: leaf.value, start: leaf.start - start, end: leaf.end - start });
  }
  return { inner, outer };
};

/** How the lines of a file are read. `at`: the line's place. */
export type LineReader = (line: Buffer, at: Within) => Decoded<DecodedRequest>;

/** A line of a batch: a request to the endpoint that it names, read as that endpoint reads it. */
export const batchLine =
  (endpoints: readonly Endpoint[]): LineReader =>
  (bytes, at) => {
    const line = scanLine(bytes, WITH_BODY);
    if (!line.ok) return line;
    const { value: scan } = line;
    const [body] = scan.spans;
    const method = stringAt(scan.value, "method");
    const url = stringAt(scan.value, "url");
    const endpoint = endpoints.find(
      (one) => one.body === "json" && one.method === method && (url === one.path || url === `/v1${one.path}`),
    );
    if (endpoint === undefined) return refuse("A line names no endpoint that is inspected", "/url");
    if (body === undefined) return refuse("A line has no body", "/body");
    const leaves = parted(scan.leaves, body);
    const keys = parted(scan.keys, body);
    const request = endpoint.decodeRequest({
      bytes: bytes.subarray(body.start, body.end),
      value: isObject(scan.value) ? scan.value["body"] : undefined,
      leaves: leaves.inner,
      keys: keys.inner,
      spans: [],
    });
    if (!request.ok) return refuse(request.refusal.message, `/body${request.refusal.pointer ?? ""}`);
    const { segments: own } = readStrings({ leaves: leaves.outer, keys: keys.outer }, AROUND, "request", 0);
    const placed = requestWithin(request.value, {
      prefix: `${at.prefix}/body`,
      byteShift: at.byteShift + body.start,
      indexShift: at.indexShift + own.length,
    });
    if (own.length === 0) return { ok: true, value: placed };
    return { ok: true, value: { ...placed, segments: [...segmentsWithin(own, at), ...placed.segments] } };
  };

/** A line to train on: a conversation where it looks like one, else words that the user gives. */
export const trainingLine =
  (conversation: Endpoint["decodeRequest"]): LineReader =>
  (bytes, at) => {
    const line = scanLine(bytes);
    if (!line.ok) return line;
    const { value: scan } = line;
    const request = conversation(scan);
    if (request.ok) return { ok: true, value: requestWithin(request.value, at) };
    const { segments } = readStrings(scan, AROUND, "request", 0);
    return { ok: true, value: { ...NO_REQUEST, segments: segmentsWithin(segments, at) } };
  };

const isBlank = (line: Buffer): boolean =>
  line[0] !== OPENING && line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** A file of lines as one request: every line must be one that can be read. `at`: the file's place. */
export const decodeLines = (bytes: Buffer, read: LineReader, at: Within): Decoded<DecodedRequest> => {
  const segments: LocatedSegment[] = [];
  const unscannable: UnscannablePart[] = [];
  const refersTo: KeptObject[] = [];
  const toolCalls: DecodedToolCall[] = [];
  const toolResults: DecodedToolResult[] = [];
  const toolDefinitions: DecodedToolDefinition[] = [];
  const toolNames = new Set<string>();
  const models = new Set<string>();
  let tokensMax = 0;
  for (let from = 0, line = 0; from < bytes.length; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const to = feed === -1 ? bytes.length : feed;
    const piece = bytes.subarray(from, to);
    const byteShift = at.byteShift + from;
    from = to + 1;
    if (isBlank(piece)) continue;
    const prefix = `${at.prefix}/${line}`;
    const decoded = read(piece, { prefix, byteShift, indexShift: at.indexShift + segments.length });
    if (!decoded.ok) return refuse(decoded.refusal.message, `${prefix}${decoded.refusal.pointer ?? ""}`);
    const { value } = decoded;
    addAll(segments, value.segments);
    addAll(unscannable, value.unscannable);
    addAll(refersTo, value.refersTo);
    addAll(toolCalls, value.toolCalls);
    addAll(toolResults, value.toolResults);
    addAll(toolDefinitions, value.toolDefinitions);
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
