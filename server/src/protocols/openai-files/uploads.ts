import type { ScannedJson } from "#platform";
import { isObject, objectAt, stringAt } from "../json/json-access.ts";
import { readStrings, type StringDialect } from "../json/read-strings.ts";
import { decodeMediaAnswer, isFile } from "../openai-media/decode.ts";
import { isMediaWord } from "../openai-media/words.ts";
import {
  NO_REQUEST,
  type Decoded,
  type DecodedRequest,
  type DecodedResponse,
  type Endpoint,
  type UploadStep,
} from "../protocol.ts";

const NO_FIELDS: ReadonlySet<string> = new Set();
/** As OpenAI gives them; others are words, until the gateway knows them as ids of parts. */
const PART_ID = /^part_[\w-]{1,80}$/;
const MD5 = /^[0-9a-fA-F]{32}$/;
const MEDIA_TYPE = /^[a-z]{1,20}\/[\w.+-]{1,80}$/;

const DIALECT: StringDialect = {
  placeOf: (steps) => ({ role: steps[0] ?? "", provenance: "user" }),
  isWord: (steps, value) =>
    isMediaWord(steps, value) ||
    (steps[0] === "part_ids" && PART_ID.test(value)) ||
    (steps[0] === "md5" && MD5.test(value)) ||
    (steps[0] === "mime_type" && MEDIA_TYPE.test(value)),
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
};

const refuse = (message: string, pointer: string): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_request", message, pointer },
});

const stepOf = (body: ScannedJson, upload: UploadStep): Decoded<DecodedRequest> => {
  const { segments } = readStrings(body, DIALECT, "request", 0);
  return { ok: true, value: { ...NO_REQUEST, segments, upload } };
};

const decodeBegin: Endpoint["decodeRequest"] = (body) => {
  const { value } = body;
  if (!isObject(value)) return refuse("The body must be an object", "");
  const { bytes } = value;
  if (typeof bytes !== "number") return refuse("bytes must be a number", "/bytes");
  const purpose = stringAt(value, "purpose");
  if (purpose === "") return refuse("purpose must be a string", "/purpose");
  return stepOf(body, { kind: "begin", purpose, bytes });
};

const decodePart: Endpoint["decodeRequest"] = (body) => {
  const { value, spans } = body;
  const [span, ...others] = spans;
  if (!isObject(value) || !isFile(value["data"]) || span?.pointer !== "/data" || others.length > 0)
    return refuse("data must be one file, and the only one", "/data");
  return stepOf(body, { kind: "part", start: span.start, end: span.end });
};

const isString = (value: unknown): value is string => typeof value === "string";

/** Names the parts; and reads the file that they are together, once it is whole. */
const decodeComplete =
  (decodeFile: Endpoint["decodeRequest"]): Endpoint["decodeRequest"] =>
  (body) => {
    if (body.spans.length > 0) return decodeFile(body);
    const { value } = body;
    if (!isObject(value)) return refuse("The body must be an object", "");
    const { part_ids: ids } = value;
    if (!Array.isArray(ids) || ids.length === 0) return refuse("part_ids must be a list of ids", "/part_ids");
    const isPlain = ids.every(isString) && new Set(ids).size === ids.length;
    return stepOf(body, { kind: "complete", parts: isPlain ? ids : undefined });
  };

const withUpload = (decoded: Decoded<DecodedResponse>, { value }: ScannedJson): Decoded<DecodedResponse> => {
  const id = stringAt(value, "id");
  if (!decoded.ok || id === "") return decoded;
  const isOver = stringAt(value, "object") === "upload" && stringAt(value, "status") !== "pending";
  return { ok: true, value: { ...decoded.value, upload: { id, isOver } } };
};

const decodeAnswer: Endpoint["decodeResponse"] = (body, firstIndex) =>
  withUpload(decodeMediaAnswer(body, firstIndex), body);

/** The file that an upload became may be named as one that came whole. */
const decodeCompleted =
  (decodeFileAnswer: Endpoint["decodeResponse"]): Endpoint["decodeResponse"] =>
  (body, firstIndex) => {
    const decoded = withUpload(decodeMediaAnswer(body, firstIndex), body);
    const made = decodeFileAnswer({ ...body, value: objectAt(body.value, "file"), leaves: [], keys: [] }, firstIndex);
    const keeps = made.ok ? made.value.keeps : undefined;
    return decoded.ok && keeps !== undefined ? { ok: true, value: { ...decoded.value, keeps } } : decoded;
  };

const uploadStep = (path: string, rest: Partial<Endpoint>): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  body: "json",
  decodeRequest: decodeBegin,
  decodeResponse: decodeAnswer,
  ...rest,
});

/** A file that comes in parts. Each part is bytes without a meaning; the whole is read as `file` reads what came whole. */
export const uploadsOver = (file: Pick<Endpoint, "decodeRequest" | "decodeResponse">): readonly Endpoint[] => [
  uploadStep("/uploads", {}),
  uploadStep("/uploads/{upload}/parts", { body: "form", decodeRequest: decodePart }),
  uploadStep("/uploads/{upload}/complete", {
    decodeRequest: decodeComplete(file.decodeRequest),
    decodeResponse: decodeCompleted(file.decodeResponse),
    undo: "cancel",
  }),
  uploadStep("/uploads/{upload}/cancel", {
    body: "none",
    decodeRequest: () => ({ ok: true, value: NO_REQUEST }),
  }),
];
