import type { Provenance } from "@parapet/model";
import { arrayAt, stringAt } from "../json/json-access.ts";
import { isModelName } from "../json/plain-names.ts";
import type { Place, StringDialect } from "../json/read-strings.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const PROVENANCE_OF_ROLE: ReadonlyMap<string, Provenance> = new Map([
  ["system", "system"],
  ["user", "user"],
  ["assistant", "model"],
  ["tool", "tool-result"],
]);

export const isRole = (role: string): boolean => PROVENANCE_OF_ROLE.has(role);

/** Fields beside the messages. All others, unknown ones included, count as the user's. */
const BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ["system", { role: "system", provenance: "system" }],
  ["template", { role: "template", provenance: "system" }],
  ["tools", { role: "tools", provenance: "tool-description" }],
  ["format", { role: "format", provenance: "developer" }],
  ["prompt", { role: "user", provenance: "user" }],
  ["input", { role: "user", provenance: "user" }],
]);

const isArguments = ([field, , , inner]: readonly string[]): boolean => field === "tool_calls" && inner === "arguments";

const placeInRequest = (body: unknown, steps: readonly string[]): Place => {
  const [field = "", index = "", ...inner] = steps;
  if (field !== "messages") return BY_FIELD.get(field) ?? { role: field, provenance: "user" };
  const role = stringAt(arrayAt(body, "messages")[Number(index)], "role");
  const provenance = PROVENANCE_OF_ROLE.get(role) ?? "user";
  if (provenance === "model" && isArguments(inner)) return { role: "tool_calls", provenance: "tool-arguments" };
  return { role, provenance };
};

export const placeInAnswer = ([field = "", ...inner]: readonly string[]): Place => {
  if (field === "message" && isArguments(inner)) return { role: "tool_calls", provenance: "tool-arguments" };
  const isText = (field === "message" && inner[0] === "content") || field === "response";
  return { role: isText ? "assistant" : (inner[0] ?? field), provenance: "model" };
};

const WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["role", words("system user assistant tool")],
  ["type", words("function object string number integer boolean array null")],
  ["format", words("json")],
  ["think", words("low medium high")],
]);
const NAME_FIELDS = words("model created_at done_reason role name digest modified_at expires_at");
const NAME = /^[\w.:/@+-]{1,200}$/;
const OPAQUE: ReadonlySet<string> = new Set();

/** Pictures stand in lists without names of their own. */
const isPicture = (steps: readonly string[]): boolean => steps.at(-2) === "images";

export const requestStrings = (body: unknown): StringDialect => ({
  placeOf: (steps) => placeInRequest(body, steps),
  isWord: (steps, value) => {
    const field = steps.at(-1) ?? "";
    return steps.length === 1 && field === "model" ? isModelName(value) : (WORDS.get(field)?.has(value) ?? false);
  },
  opaqueFields: OPAQUE,
  isOpaqueField: isPicture,
  sealFields: OPAQUE,
});

export const ANSWER_STRINGS: StringDialect = {
  placeOf: placeInAnswer,
  isWord: (steps, value) => NAME_FIELDS.has(steps.at(-1) ?? "") && !steps.includes("function") && NAME.test(value),
  opaqueFields: new Set(["image"]),
  sealFields: OPAQUE,
};
