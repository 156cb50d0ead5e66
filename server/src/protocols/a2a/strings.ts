import type { Direction } from "@parapet/model";
import type { ScannedJson, StringLeaf } from "#platform";
import { patternOf, stepsOf, stringAt } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { memberAt, readStrings, type Place, type StringDialect } from "../json/read-strings.ts";
import type { LocatedSegment, UnscannablePart } from "../protocol.ts";
import { OPERATIONS } from "./operations.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** Strings that can carry no text: the format's own words, in the fields that have them. */
const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["role", words("ROLE_USER ROLE_AGENT ROLE_UNSPECIFIED")],
  [
    "state",
    words(
      "TASK_STATE_UNSPECIFIED TASK_STATE_SUBMITTED TASK_STATE_WORKING TASK_STATE_COMPLETED TASK_STATE_FAILED TASK_STATE_CANCELED TASK_STATE_CANCELLED TASK_STATE_INPUT_REQUIRED TASK_STATE_REJECTED TASK_STATE_AUTH_REQUIRED",
    ),
  ],
  ["protocolBinding", words("JSONRPC HTTP+JSON GRPC")],
  ["@type", words("type.googleapis.com/google.rpc.ErrorInfo type.googleapis.com/google.rpc.BadRequest")],
  ["domain", words("a2a-protocol.org")],
]);
const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ["mediaType", /^[a-z]{1,20}\/[\w.+-]{1,60}(?:; ?charset=[\w-]{1,20})?$/],
  ["timestamp", /^\d{4}-\d{2}-\d{2}T[\d:.]{5,18}(?:Z|[+-]\d{2}:\d{2})$/],
  ["protocolVersion", /^\d{1,3}(?:\.\d{1,3}){0,2}$/],
]);
const MEDIA_LISTS = words("defaultInputModes defaultOutputModes inputModes outputModes acceptedOutputModes");
const MEDIA_TYPE = /^(?:\*|[a-z]{1,20})\/(?:\*|[\w.+-]{1,60})$/;
const MESSAGE_IDS = "(?:message|status/message|history/\\*)/(?:messageId|contextId|taskId)";
/** Where version 1.0 has an id, in either binding, by {@link patternOf}; elsewhere nobody's library reads it as one. */
const ID_PLACE = new RegExp(
  "^(?:(?:params|result)/)?(?:" +
    `(?:(?:task|tasks/\\*|statusUpdate|artifactUpdate)/)?(?:id|taskId|contextId|${MESSAGE_IDS}|artifacts/\\*/artifactId)` +
    "|artifactUpdate/artifact/artifactId|messageId|artifactId|tenant|pageToken|nextPageToken" +
    "|(?:configs/\\*|configuration/taskPushNotificationConfig)/(?:id|taskId|tenant)" +
    "|skills/\\*/id|supportedInterfaces/\\*/tenant)$",
);
const ID_LIST_PLACE =
  /^(?:(?:params|result)\/)?(?:task\/)?(?:message|status\/message|history\/\*)\/referenceTaskIds\/\*$/;
/** Ids are hexadecimal, with dashes or without; a credential looks otherwise. */
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/;
/** Too short to say anything, and no number of a card or a person. A list of such could be a sentence. */
const SHORT_ID = /^[A-Za-z][\w-]{0,11}$/;

const isId = (steps: readonly string[], value: string): boolean => {
  const isUuid = UUID.test(value);
  if (!isUuid && !SHORT_ID.test(value)) return false;
  const place = patternOf(steps);
  return ID_PLACE.test(place) || (isUuid && ID_LIST_PLACE.test(place));
};

const isWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  if (steps.length === 1 && field === "jsonrpc") return value === "2.0";
  if (steps.length === 1 && field === "method") return OPERATIONS.has(value);
  // What stands in these is the application's own, whatever it is named.
  if (steps.includes("data") || steps.includes("metadata")) return false;
  const list = steps.at(-2) ?? "";
  if (MEDIA_LISTS.has(list)) return MEDIA_TYPE.test(value);
  if ((BY_FIELD.get(field)?.has(value) ?? false) || (PATTERNS.get(field)?.test(value) ?? false)) return true;
  return isId(steps, value);
};

const NO_FIELDS: ReadonlySet<string> = new Set();

/** What a caller sends on: words of a model that leave, as the arguments of a call do. */
export const CALLER: Place = { role: "message", provenance: "tool-arguments" };
/** What the other agent says: outsiders may have written all of it. */
export const AGENT: Place = { role: "result", provenance: "tool-result" };
/** What it says of itself. */
export const CARD: Place = { role: "description", provenance: "tool-description" };

/** Where bytes of a file stand: in a part, and not in what the application says for itself. */
const PART_BYTES = /\/parts\/\d+\/(?:raw|file\/bytes)$/;
const PART_ADDRESS = /\/parts\/\d+\/(?:url|file\/uri)$/;
/** What stands behind a part's own pointer; versions before 1.0 have the file one deeper. */
const IN_PART = /\/(?:raw|url|file\/bytes|file\/uri)$/;
const OWN = /\/(?:data|metadata)\//;

/** Whether a string is bytes of a file, which no detector reads. */
const isRaw = ({ pointer, value }: StringLeaf): boolean =>
  PART_BYTES.test(pointer) && !OWN.test(pointer) && isOpaque(value);

const isAddress = ({ pointer, value }: StringLeaf): boolean =>
  PART_ADDRESS.test(pointer) && !OWN.test(pointer) && value !== "";

/** Whether a string of a body carries text. */
export const carriesText = (leaf: StringLeaf): boolean =>
  leaf.value !== "" && !isRaw(leaf) && !isWord(stepsOf(leaf.pointer), leaf.value);

/** Every string of a body that is no word of A2A, and what of it no detector reads. */
export const readTexts = (
  { value, leaves, keys }: Pick<ScannedJson, "value" | "leaves" | "keys">,
  place: Place,
  direction: Direction,
  firstIndex: number,
): { readonly segments: readonly LocatedSegment[]; readonly unscannable: readonly UnscannablePart[] } => {
  const dialect: StringDialect = {
    placeOf: () => place,
    // Left out above it: what a call is made with has no words of a format there.
    isWord: () => false,
    opaqueFields: NO_FIELDS,
    sealFields: NO_FIELDS,
  };
  const texts = { leaves: leaves.filter(carriesText), keys: keys.filter((key) => !KNOWN_KEY.test(key.value)) };
  const { segments } = readStrings(texts, dialect, direction, firstIndex);
  return { segments, unscannable: unreadableParts({ value, leaves }, place) };
};

/** Keys of the format that are no plain names by their form. */
const KNOWN_KEY = /^@type$/;

const MEDIA = /^(?<kind>audio|image|video)\//;

const kindOf = (part: unknown): string => MEDIA.exec(stringAt(part, "mediaType"))?.groups?.["kind"] ?? "file";

const valueAt = (body: unknown, pointer: string): unknown => stepsOf(pointer).reduce(memberAt, body);

/**
 * Parts that are no text here: bytes of files, and files that stand elsewhere. By the very strings that no detector gets,
 * wherever they stand: what is left out of the texts is always named here.
 */
export const unreadableParts = (
  { value: body, leaves }: Pick<ScannedJson, "value" | "leaves">,
  { provenance }: Place,
): readonly UnscannablePart[] =>
  leaves.flatMap((leaf): UnscannablePart[] => {
    const isBytes = isRaw(leaf);
    if (!isBytes && !isAddress(leaf)) return [];
    const pointer = leaf.pointer.replace(IN_PART, "");
    const kind = kindOf(valueAt(body, pointer));
    return [{ pointer, provenance, reason: isBytes ? kind : `${kind} at an address` }];
  });
