import {
  ARGUMENT_ROLES,
  EFFECTS,
  type ArgumentRole,
  type DataClass,
  type Effect,
  type EffectBasis,
  type Integrity,
  type ToolDeclaration,
} from "@parapet/model";
import { z } from "zod";
import {
  ARGUMENT_WORDS,
  FREE_NOUNS,
  INVITING,
  OWN_NOUNS,
  READABLE_NOUNS,
  RUNNABLE,
  SHARED_NOUNS,
  CLASS_NOUNS,
  NOUN_VERBS,
  RIGHTS_NOUNS,
  SPEND_NOUNS,
  TOOL_VERBS,
} from "./tool-words.ts";
import { fits } from "./tool-pattern.ts";
import { fold, nameWords, wordsOf } from "./words.ts";

/** A part of JSON Schema, as far as roles of arguments show in it. */
interface Property {
  readonly type?: unknown;
  readonly format?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly items?: Property | undefined;
  readonly properties?: Readonly<Record<string, Property>> | undefined;
}

const Property: z.ZodType<Property> = z.lazy(() =>
  z.object({
    type: z.unknown(),
    format: z.string().optional().catch(undefined),
    enum: z.array(z.unknown()).optional().catch(undefined),
    items: Property.optional().catch(undefined),
    properties: z.record(z.string(), Property).optional().catch(undefined),
  }),
);

const Definition = z.object({
  description: z.string().optional().catch(undefined),
  parameters: Property.optional().catch(undefined),
  parametersJsonSchema: Property.optional().catch(undefined),
  inputSchema: Property.optional().catch(undefined),
  input_schema: Property.optional().catch(undefined),
  annotations: z
    .object({
      readOnlyHint: z.boolean().optional().catch(undefined),
      destructiveHint: z.boolean().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What protocols put around a definition: Chat Completions, and Converse, which has another object around the schema. */
const WRAPPERS = ["function", "custom", "toolSpec"];

const unwrapped = (definition: unknown): unknown => {
  const inner = isRecord(definition) ? WRAPPERS.map((key) => definition[key]).find(isRecord) : undefined;
  if (inner === undefined) return definition;
  const { inputSchema } = inner;
  return isRecord(inputSchema) && isRecord(inputSchema["json"])
    ? { ...inner, inputSchema: inputSchema["json"] }
    : inner;
};

/** Everything that is known of a tool before it is called. */
export interface ToolView {
  readonly effects: readonly Effect[];
  readonly basis: EffectBasis;
  /** Words of its name, with those of the description's first sentence where the name has no verb. */
  readonly words: readonly string[];
  /** Role of the argument at a path without list positions (`invoice.iban`); undefined: none that matters. */
  readonly roleOf: (path: readonly string[]) => ArgumentRole | undefined;
  /** Values that the schema allows at a path; undefined: any. */
  readonly optionsOf: (path: readonly string[]) => readonly string[] | undefined;
  /** Whether the schema has an argument at a path; where it does not say what there is, any. */
  readonly takes: (path: readonly string[]) => boolean;
  /** Whether it looks up records of one's own, which outsiders do not write. */
  readonly own: boolean;
  /** What it answers with: who could have written it, and the classes of data in it. */
  readonly integrity: Integrity;
  readonly classes: readonly DataClass[];
}

const VERBS = new Map<string, Effect | "run">(
  ([...EFFECTS, "run"] as const).flatMap((effect) =>
    TOOL_VERBS[effect].split(" ").map((verb) => [verb, effect] as const),
  ),
);

const effectOfVerb = (word: string): Effect | "run" | undefined =>
  VERBS.get(word) ??
  (word.endsWith("es") ? VERBS.get(word.slice(0, -2)) : undefined) ??
  (word.endsWith("s") ? VERBS.get(word.slice(0, -1)) : undefined);

const mainVerb = (words: readonly string[]): string | undefined =>
  words.find((word) => VERBS.has(word) && !NOUN_VERBS.has(word)) ?? words.find((word) => VERBS.has(word));

/** The cautious reading of a name, a description and a schema. */
const inferEffects = (
  words: readonly string[],
  description: readonly string[],
  properties: readonly (readonly string[])[],
): readonly Effect[] => {
  const verb = mainVerb(words);
  // Descriptions say what a tool does in their first words: "Sends a mail".
  const kind =
    verb === undefined
      ? description
          .slice(0, 4)
          .map((word) => effectOfVerb(word))
          .find((effect) => effect !== undefined)
      : VERBS.get(verb);
  const nouns = words.filter((word) => word !== verb);
  const found = new Set<Effect>();
  if (verb === "open" && nouns.some((noun) => READABLE_NOUNS.has(noun))) return ["read"];
  if (kind === "run") {
    const anything = properties.length === 0 || properties.some((words) => words.some((word) => RUNNABLE.has(word)));
    for (const effect of anything ? (["write", "communicate", "destroy"] as const) : (["write"] as const))
      found.add(effect);
  } else if (kind === undefined) for (const effect of ["write", "communicate"] as const) found.add(effect);
  else found.add(kind);
  const second = nouns.includes("and") ? mainVerb(nouns) : undefined;
  const joined = second === undefined ? undefined : VERBS.get(second);
  if (joined !== undefined && joined !== "run") found.add(joined);
  // A range has a `from` beside its `to`.
  const range = properties.some((property) => property.includes("from"));
  const addresses = !range && properties.some((property) => property.some((word) => INVITING.has(word)));
  if (found.size === 1 && found.has("read")) return addresses ? ["read", "communicate"] : ["read"];
  const adds = verb === "invite" || verb === "add" || verb === "join";
  if (adds && nouns.some((noun) => SHARED_NOUNS.has(noun))) found.add("rights");
  if (found.has("spend") && nouns.some((noun) => FREE_NOUNS.has(noun))) return ["write"];
  if (nouns.some((noun) => SPEND_NOUNS.has(noun)) && !found.has("destroy")) found.add("spend");
  if (nouns.some((noun) => RIGHTS_NOUNS.has(noun)) || words.includes("share")) found.add("rights");
  if (addresses && found.has("write") && !found.has("rights")) found.add("communicate");
  return EFFECTS.filter((effect) => found.has(effect));
};

const ROLES = new Map<string, ArgumentRole>(
  ARGUMENT_ROLES.flatMap((role) => ARGUMENT_WORDS[role].split(" ").map((word) => [word, role] as const)),
);

const roleOfName = (words: readonly string[], spends: boolean): ArgumentRole | undefined => {
  for (const word of words.toReversed()) {
    const role = ROLES.get(word);
    if (role === undefined) continue;
    // Who is paid is named as recipients are; `channel_id` names a channel.
    if (role === "recipient" && spends && word.startsWith("recipient")) return "account";
    if (role === "id" && words.length > 1) {
      const named = roleOfName(words.slice(0, -1), spends);
      return named === "recipient" || named === "account" ? named : "id";
    }
    return role;
  }
  return undefined;
};

const propertyAt = (root: Property | undefined, path: readonly string[]): Property | undefined => {
  let here = root;
  for (const key of path) {
    while (here?.items !== undefined) here = here.items;
    here = here?.properties?.[key];
  }
  while (here?.items !== undefined) here = here.items;
  return here;
};

const hasProperty = (root: Property | undefined, path: readonly string[]): boolean => {
  let here = root;
  for (const key of path) {
    while (here?.items !== undefined) here = here.items;
    if (here?.properties === undefined) return true;
    if (!Object.hasOwn(here.properties, key)) return false;
    here = here.properties[key];
  }
  return true;
};

const roleFromSchema = (property: Property | undefined): ArgumentRole | "choice" | undefined => {
  if (property === undefined) return undefined;
  if (property.enum !== undefined || property.type === "boolean") return "choice";
  if (property.format === "email") return "recipient";
  if (property.format === "uri" || property.format === "url") return "url";
  if (property.format === "hostname" || property.format === "ipv4" || property.format === "ipv6") return "host";
  if (property.format === "date" || property.format === "date-time") return "time";
  return undefined;
};

const declarationOf = (tools: readonly ToolDeclaration[], name: string, server: string): ToolDeclaration | undefined =>
  tools.find((tool) => tool.name === name && (tool.server === undefined || tool.server === server)) ??
  tools.find((tool) => fits(tool.name, name) && (tool.server === undefined || tool.server === server));

/** What is known of a tool: what was declared, then what a trusted server says, then what its name and schema tell. */
export const viewTool = (
  tools: readonly ToolDeclaration[],
  {
    name,
    server,
    definition,
    trustsAnnotations,
  }: {
    readonly name: string;
    readonly server: string;
    readonly definition?: unknown;
    readonly trustsAnnotations?: boolean;
  },
): ToolView => {
  const declared = declarationOf(tools, name, server);
  const parsed = Definition.safeParse(unwrapped(definition));
  const { description = "", annotations, ...schemas } = parsed.success ? parsed.data : {};
  const schema = schemas.parameters ?? schemas.parametersJsonSchema ?? schemas.inputSchema ?? schemas.input_schema;
  const ownWords = nameWords(name);
  const opening = wordsOf(fold(description.slice(0, 200)));
  const words = mainVerb(ownWords) === undefined ? [...ownWords, ...opening.slice(0, 12)] : ownWords;
  const inferred = inferEffects(
    ownWords,
    opening,
    Object.keys(schema?.properties ?? {}).map((key) => nameWords(key)),
  );
  let effects = inferred;
  let basis: EffectBasis = "inferred";
  if (declared?.effects !== undefined) {
    effects = declared.effects;
    basis = "declared";
  } else if (trustsAnnotations === true && annotations?.readOnlyHint !== undefined) {
    basis = "annotated";
    effects = annotations.readOnlyHint ? ["read"] : withoutRead(inferred, annotations.destructiveHint);
  }
  const spends = effects.includes("spend");
  const given = declared?.arguments ?? {};
  return {
    effects,
    basis,
    words,
    integrity: declared?.result?.integrity ?? "untrusted",
    classes: declared?.result?.data ?? (declared === undefined ? classesOf(ownWords) : []),
    own: effects.every((effect) => effect === "read") && ownWords.some((word) => OWN_NOUNS.has(word)),
    optionsOf: (path) => propertyAt(schema, path)?.enum?.flatMap((each) => (typeof each === "string" ? [each] : [])),
    takes: (path) => hasProperty(schema, path) || Object.hasOwn(given, path.join(".")),
    roleOf: (path) => {
      const own = given[path.join(".")] ?? given[path.at(-1) ?? ""];
      if (own !== undefined) return own;
      const fromSchema = roleFromSchema(propertyAt(schema, path));
      if (fromSchema === "choice") return undefined;
      return (
        fromSchema ??
        roleOfName(nameWords(path.at(-1) ?? ""), spends) ??
        roleOfName(nameWords(path.at(-2) ?? ""), spends)
      );
    },
  };
};

const withoutRead = (inferred: readonly Effect[], destructive: boolean | undefined): readonly Effect[] => {
  const found = new Set<Effect>(inferred);
  found.delete("read");
  if (destructive === true) found.add("destroy");
  if (destructive === false) found.delete("destroy");
  if (found.size === 0) found.add("write");
  return EFFECTS.filter((effect) => found.has(effect));
};

const NOUN_CLASSES = new Map<string, readonly DataClass[]>();
for (const name of ["personal", "financial", "health", "internal", "secret"] as const)
  for (const noun of CLASS_NOUNS[name].split(" ")) NOUN_CLASSES.set(noun, [...(NOUN_CLASSES.get(noun) ?? []), name]);

const classesOf = (words: readonly string[]): readonly DataClass[] => [
  ...new Set(words.flatMap((word) => NOUN_CLASSES.get(word) ?? [])),
];
