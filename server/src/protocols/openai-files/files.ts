import { isUtf8 } from "node:buffer";
import type { ScannedJson } from "#platform";
import { isObject, stringAt } from "../json/json-access.ts";
import { readStrings, type StringDialect } from "../json/read-strings.ts";
import { decodeMediaAnswer, isFile } from "../openai-media/decode.ts";
import { isMediaWord } from "../openai-media/words.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedResponse,
  type Endpoint,
  type LocatedSegment,
} from "../protocol.ts";
import { batchLine, decodeLines, trainingLine } from "./lines.ts";
import { decodeResult, type AnswerDecoders } from "./results.ts";
import { uploadsOver } from "./uploads.ts";

const NO_FIELDS: ReadonlySet<string> = new Set();
const WORDS = /^[\w.,-]{1,200}$/;
const PAGE = { limit: /^[0-9]{1,5}$/, after: WORDS, order: /^(?:asc|desc)$/, purpose: WORDS };
const VERSION = { "api-version": /^[\w.-]{1,40}$/ };
const NOTHING: Decoded<DecodedRequest> = { ok: true, value: NO_REQUEST };

const DIALECT: StringDialect = {
  placeOf: (steps) => ({ role: steps[0] ?? "", provenance: "user" }),
  isWord: (steps, value) =>
    isMediaWord(steps, value) || (steps[0] === "input_file_id" && /^file-[\w-]{1,80}$/.test(value)),
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
};

const refuse = (message: string, pointer: string): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_request", message, pointer },
});

/** What a file says by itself: a text whole, or bytes that no detector reads. */
const contentOf = (bytes: Buffer, start: number, index: number): DecodedRequest => {
  // A PDF may be all plain characters and still say something else to those who open it.
  if (!isUtf8(bytes) || bytes.includes(0) || bytes.subarray(0, 1_024).includes("%PDF-"))
    return { ...NO_REQUEST, unscannable: [{ pointer: "/file", provenance: "document", reason: "file" }] };
  const segment: LocatedSegment = {
    index,
    direction: "request",
    pointer: "/file",
    role: "file",
    provenance: "document",
    text: bytes.toString("utf8"),
    byteStart: start,
    byteEnd: start + bytes.length,
    form: "text",
  };
  return { ...NO_REQUEST, segments: [segment] };
};

/** A file with what it is for: batches and what is trained on line by line, all else as a document. */
const decodeFile =
  (endpoints: readonly Endpoint[], conversation: Endpoint["decodeRequest"]): Endpoint["decodeRequest"] =>
  (body: ScannedJson) => {
    const { value, bytes, spans } = body;
    const span = spans.find(({ pointer }) => pointer === "/file");
    if (!isObject(value) || span === undefined || !isFile(value["file"]) || spans.length > 1)
      return refuse("file must be one file, and the only one", "/file");
    const purpose = stringAt(value, "purpose");
    if (purpose === "") return refuse("purpose must be a string", "/purpose");
    const { segments: own } = readStrings(body, DIALECT, "request", 0);
    const content = bytes.subarray(span.start, span.end);
    if (purpose !== "batch" && purpose !== "fine-tune") {
      const said = contentOf(content, span.start, own.length);
      return { ok: true, value: { ...said, segments: [...own, ...said.segments] } };
    }
    const reader = purpose === "batch" ? batchLine(endpoints) : trainingLine(conversation);
    const at = { prefix: "/file", byteShift: span.start, indexShift: own.length };
    const lines = decodeLines(content, reader, at);
    return lines.ok ? { ok: true, value: { ...lines.value, segments: [...own, ...lines.value.segments] } } : lines;
  };

/** A batch names the file whose lines it runs: one that came through here was inspected line by line. */
const decodeBatch: Endpoint["decodeRequest"] = (body) => {
  const { value } = body;
  if (!isObject(value)) return refuse("The body must be an object", "");
  const id = stringAt(value, "input_file_id");
  if (id === "") return refuse("input_file_id must be a string", "/input_file_id");
  const { segments } = readStrings(body, DIALECT, "request", 0);
  return { ok: true, value: { ...NO_REQUEST, segments, refersTo: [{ id, pointer: "/input_file_id" }] } };
};

/** A file that was uploaded through here may be named by a batch. */
const decodeUploaded = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const decoded = decodeMediaAnswer(body, firstIndex);
  const isBatch = stringAt(body.value, "purpose") === "batch";
  return decoded.ok && isBatch
    ? { ok: true, value: { ...decoded.value, keeps: [stringAt(body.value, "id")] } }
    : decoded;
};

const reading = (method: Endpoint["method"], path: string, rest: Partial<Endpoint> = {}): Endpoint => ({
  name: `${method} ${path}`,
  method,
  path,
  body: "none",
  decodeRequest: () => NOTHING,
  decodeResponse: decodeMediaAnswer,
  ...rest,
});

/**
 * OpenAI's files and batches. Lines of a batch are read as the endpoint that they name reads them, one of `endpoints`;
 * what is trained on as the `conversation` that it is. One line that is stopped stops the upload.
 */
export const filesOver = (
  endpoints: readonly Endpoint[],
  chat: Endpoint,
  answers: AnswerDecoders,
): readonly Endpoint[] => {
  const decodeRequest = decodeFile(endpoints, chat.decodeRequest);
  return [
    { ...reading("POST", "/files"), body: "form", decodeRequest, decodeResponse: decodeUploaded },
    reading("GET", "/files", { query: { ...PAGE, ...VERSION } }),
    reading("GET", "/files/{file}"),
    reading("DELETE", "/files/{file}"),
    reading("GET", "/files/{file}/content", { answer: "any", decodeResponse: decodeResult(answers) }),
    ...uploadsOver({ decodeRequest, decodeResponse: decodeUploaded }),
    { ...reading("POST", "/batches"), body: "json", decodeRequest: decodeBatch },
    reading("GET", "/batches", { query: { ...PAGE, ...VERSION } }),
    reading("GET", "/batches/{batch}"),
    reading("POST", "/batches/{batch}/cancel"),
  ];
};
