import type { Provenance } from "@parapet/model";
import type { ScannedJson } from "#platform";
import { arrayAt, isObject, objectAt, stringAt } from "../json/json-access.ts";
import { readStrings, type Place, type StringDialect } from "../json/read-strings.ts";
import { NO_REQUEST, type Decoded, type DecodedRequest, type DecodedResponse, type Protocol } from "../protocol.ts";
import { guardOf, judgedBody } from "./guard.ts";

const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["developer", "developer"],
  ["tool", "tool-result"],
  ["function", "tool-result"],
  ["assistant", "model"],
]);
const ROLES: ReadonlySet<string> = new Set([...PROVENANCE_OF_ROLE.keys(), "user"]);
const NO_FIELDS: ReadonlySet<string> = new Set();
const STATUS = 403;

const dialect = (placeOf: (steps: readonly string[]) => Place): StringDialect => ({
  placeOf,
  isWord: (steps, value) => steps.at(-1) === "role" && ROLES.has(value),
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
});

const isMessage = (message: unknown): boolean =>
  isObject(message) && typeof message["role"] === "string" && typeof message["content"] === "string";

const decodeRequest = (body: ScannedJson): Decoded<DecodedRequest> => {
  const asked = objectAt(body.value, "body");
  const { messages, choices } = asked;
  const isPrompt = Array.isArray(messages) && choices === undefined && messages.every(isMessage);
  const isAnswer =
    Array.isArray(choices) && messages === undefined && choices.every((one) => isMessage(objectAt(one, "message")));
  if (!isPrompt && !isAnswer)
    return {
      ok: false,
      refusal: {
        code: "bad_request",
        message: "body must have messages or choices, each with role and content",
        pointer: "/body",
      },
    };
  // What a model said is judged as the answer that it is.
  if (isAnswer) return { ok: true, value: NO_REQUEST };
  const placeOf = ([, , at = ""]: readonly string[]): Place => {
    const role = stringAt(arrayAt(asked, "messages")[Number(at)], "role");
    return { role, provenance: PROVENANCE_OF_ROLE.get(role) ?? "user" };
  };
  const { segments } = readStrings(body, dialect(placeOf), "request", 0);
  const all = arrayAt(asked, "messages");
  const first = all.findIndex((message) => stringAt(message, "role") === "assistant");
  const before = all.slice(0, first === -1 ? undefined : first);
  return {
    ok: true,
    value: { ...NO_REQUEST, segments, fingerprint: before.map((message) => stringAt(message, "content")) },
  };
};

const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const isAnswer = Array.isArray(objectAt(body.value, "body")["choices"]);
  const placeOf = (): Place => ({ role: "assistant", provenance: "model" });
  const segments = isAnswer ? readStrings(body, dialect(placeOf), "response", firstIndex).segments : [];
  return { ok: true, value: { segments, unscannable: [], toolCalls: [], dependents: [], model: "" } };
};

/**
 * agentgateway's guardrail webhook: prompts are asked about at `/request`, answers at `/response`.
 * Source: https://agentgateway.dev/docs/standalone/latest/llm/prompt-guards/webhooks/
 */
export const AGENTGATEWAY_GUARDRAIL: Protocol = guardOf({
  id: "agentgateway-guardrail",
  // A route's own path may be `/request`, since agentgateway knows hosts only.
  paths: ["/", "/request", "/response"],
  header: "authorization",
  decodeRequest,
  decodeResponse,
  refused: (message) => ({ action: { body: message, status_code: STATUS, reason: message } }),
  passed: () => ({ action: { reason: "nothing to object to" } }),
  edited: (bytes) => ({ action: { body: judgedBody(bytes)["body"], reason: "redacted" } }),
});
