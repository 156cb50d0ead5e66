import type { DecodedRequest, DecodedToolCall, LocatedSegment, UnscannablePart } from "../protocol.ts";
import { NO_REQUEST } from "../protocol.ts";
import { stepsOf } from "../json/json-access.ts";
import { isToolName } from "../json/plain-names.ts";
import { readStrings, withOpaque, type Place, type StringDialect } from "../json/read-strings.ts";
import { bytesAt, type RpcMessage, type RpcRequest } from "./message.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** Strings that can carry no text: the format's own words, in the fields that have them. */
const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "type",
    words(
      "text image audio resource resource_link tool_use tool_result object string number integer boolean array null ref/prompt ref/resource enum",
    ),
  ],
  ["role", words("user assistant")],
  ["audience", words("user assistant")],
  ["mode", words("form url none auto required tool")],
  ["method", words("sampling/createMessage elicitation/create roots/list")],
  ["action", words("accept decline cancel")],
  ["level", words("debug info notice warning error critical alert emergency")],
  ["resultType", words("complete input_required task")],
  ["status", words("working input_required completed failed cancelled")],
  ["cacheScope", words("public private")],
  ["includeContext", words("none thisServer allServers")],
  ["taskSupport", words("forbidden optional required")],
  ["stopReason", words("endTurn stopSequence maxTokens toolUse")],
  ["format", words("email uri date date-time")],
]);
const PATTERNS: ReadonlyMap<string, RegExp> = new Map([
  ["mimeType", /^[a-z]{1,20}\/[\w.+-]{1,60}(?:; ?charset=[\w-]{1,20})?$/],
  ["lastModified", /^\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,15}(?:Z|[+-]\d{2}:\d{2})?)?$/],
  ["createdAt", /^\d{4}-\d{2}-\d{2}T[\d:.]{5,15}Z$/],
  ["lastUpdatedAt", /^\d{4}-\d{2}-\d{2}T[\d:.]{5,15}Z$/],
  ["protocolVersion", /^\d{4}-\d{2}-\d{2}$/],
  ["io.modelcontextprotocol/protocolVersion", /^\d{4}-\d{2}-\d{2}$/],
  ["$schema", /^https?:\/\/json-schema\.org\/[\w./-]{1,60}#?$/],
  ["traceparent", /^[0-9a-f-]{55}$/],
]);

const OPAQUE_FIELDS = words("data blob src");
/** Opaque to whoever carries it. What can be read in it is text all the same. */
const SEAL_FIELDS = words("requestState nextCursor cursor");

const NAME_FIELDS = words("name taskId progressToken version");
/** Keys that the specification writes into `_meta`; they are no plain names by their form. */
const META_KEY = /^(?:io\.modelcontextprotocol\/[A-Za-z-]{1,40}|traceparent|tracestate|baggage)$/;

const isWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  // Members of the message itself are checked where it is read; its ids are not passed on.
  if (steps.length === 1 && (field === "jsonrpc" || field === "id" || field === "method")) return true;
  // A call without texts is a call: its name stands for it.
  if (steps.length === 2 && field === "name" && steps[0] === "params") return false;
  const list = steps.at(-2) ?? "";
  if (list === "audience" || list === "required") return isToolName(value);
  if (NAME_FIELDS.has(field)) return isToolName(value);
  return (BY_FIELD.get(field)?.has(value) ?? false) || (PATTERNS.get(field)?.test(value) ?? false);
};

/** Who could have written the strings of a message, and as what they stand there. */
type Places = (steps: readonly string[]) => Place;

const ARGUMENTS: Place = { role: "arguments", provenance: "tool-arguments" };
const RESULT: Place = { role: "result", provenance: "tool-result" };

const DESCRIBING: ReadonlySet<string> = new Set([
  "initialize",
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
]);

/** What a client says: a call's arguments, a person's or a model's answer to what the server asked. */
const clientPlaces =
  (method: string): Places =>
  (steps) => {
    if (method === "sampling/createMessage") return { role: "sampling", provenance: "model" };
    if (method === "elicitation/create") return { role: "elicitation", provenance: "user" };
    if (steps[1] === "inputResponses") return { role: "input", provenance: "user" };
    return ARGUMENTS;
  };

/** What a server says. */
const serverPlaces =
  (method: string): Places =>
  (steps) => {
    if (DESCRIBING.has(method) && steps[0] === "result") return { role: "description", provenance: "tool-description" };
    if (method === "resources/read") return { role: "resource", provenance: "document" };
    if (method === "prompts/get") return { role: "prompt", provenance: "tool-result" };
    return RESULT;
  };

const ARGUMENTS_AT = "/params/arguments/";

export interface DecodedMessage {
  readonly segments: readonly LocatedSegment[];
  readonly unscannable: readonly UnscannablePart[];
}

/**
 * Every string of a message that is no word of MCP, as segments. `method`: of the request, also for its answer. A
 * client's words come from a model, and a server's are what it will read: directions are those of the model.
 */
export const decodeMessage = (
  message: RpcMessage,
  from: "client" | "server",
  method: string,
  firstIndex: number,
): DecodedMessage => {
  const dialect: StringDialect = {
    placeOf: from === "client" ? clientPlaces(method) : serverPlaces(method),
    // Words of the format are left out above; what arguments hold is nobody's format.
    isWord: () => false,
    opaqueFields: OPAQUE_FIELDS,
    sealFields: SEAL_FIELDS,
  };
  const { leaves, keys } = message.scan;
  const body = {
    leaves: leaves.filter(({ pointer, value }) => pointer.startsWith(ARGUMENTS_AT) || !isWord(stepsOf(pointer), value)),
    keys: keys.filter(({ value }) => !META_KEY.test(value)),
  };
  const { segments, opaque } = readStrings(body, dialect, from === "client" ? "response" : "request", firstIndex);
  return { segments, unscannable: withOpaque([], opaque) };
};

/** A client's request, as the road takes it. */
export const decodeClientRequest = (
  message: Extract<RpcMessage, { kind: "request" | "notification" }>,
): DecodedRequest => ({
  ...NO_REQUEST,
  ...decodeMessage(message, "client", message.method, 0),
});

/** The call of a tool that a client's request asks for. `tool`: as its server calls it. */
export const decodeCall = (
  message: RpcRequest,
  { segments }: Pick<DecodedRequest, "segments">,
  tool: { readonly name: string; readonly server: string },
): DecodedToolCall => {
  const own = segments.filter(({ pointer }) => pointer.startsWith(ARGUMENTS_AT));
  const rest = segments.filter((one) => !own.includes(one));
  const [first, ...others] = [...own, ...rest];
  return {
    id: String(message.id),
    name: tool.name,
    server: tool.server,
    segment: first?.index ?? 0,
    others: others.map(({ index }) => index),
    arguments: argumentsOf(message),
  };
};

/** JSON text of a call's arguments as received. */
const argumentsOf = ({ scan }: RpcMessage): string => bytesAt(scan, "/params/arguments")?.toString("utf8") ?? "{}";
