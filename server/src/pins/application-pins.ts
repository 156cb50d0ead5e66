import type { PinState } from "@parapet/model";
import { definitionHash, type Definition } from "./definition-hash.ts";
import { foldName, type PinBook } from "./pin-book.ts";

/** Definitions of tools as a request to a model brings them. */
export interface OfferedTools {
  readonly route: string;
  /** Empty where nobody says. */
  readonly agent: string;
  /** `within`: which of several requests of one body offers it; those of one are looked at together. */
  readonly definitions: readonly { readonly name: string; readonly definition: unknown; readonly within?: string }[];
  /** Whether a definition that is not in force is told to policies; else it is only shown. */
  readonly holds: boolean;
}

export interface ApplicationPins {
  /** Compares what a request offers with what is in force. */
  readonly offered: (tools: OfferedTools) => void;
  /** Of a definition that was offered on a route that holds; `none` for all others. */
  readonly stateOf: (definition: unknown) => PinState;
}

const REMEMBERED_MAX = 2_000;
/** A longer definition is kept by nobody, and on a route that holds not in force: no person reads it. */
const DEFINITION_UNITS_MAX = 16_384;
const AGENT_UNITS_MAX = 120;

/** Where definitions of an application stand among those of servers. No server's name has a colon. */
const applicationName = (route: string, agent: string): string =>
  agent === "" ? `route:${route}` : `route:${route}@${encodeURIComponent(agent.slice(0, AGENT_UNITS_MAX))}`;

/**
 * Pins definitions of tools that come with requests of model protocols, by route, agent and name. Most requests bring
 * the same again: a definition is known by its text and hashed once.
 */
export const createApplicationPins = (book: Pick<PinBook, "observe">): ApplicationPins => {
  const states = new WeakMap<object, PinState>();
  const remembered = new Map<string, { readonly text: string; readonly definition: Definition }>();

  const asRemembered = (key: string, name: string, written: object): Definition | undefined => {
    const text = JSON.stringify(written);
    if (text.length > DEFINITION_UNITS_MAX) return undefined;
    const known = remembered.get(key);
    if (known?.text === text) return known.definition;
    const definition = asTool(name, written);
    remembered.delete(key);
    remembered.set(key, { text, definition });
    const oldest = remembered.size > REMEMBERED_MAX ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    return definition;
  };

  return {
    offered: ({ route, agent, definitions, holds }) => {
      const server = applicationName(route, agent);
      const first = new Map<string, { readonly name: string; readonly hash: string; readonly written: object }>();
      for (const [at, { name, definition: written, within = "" }] of definitions.entries()) {
        if (name === "" || typeof written !== "object" || written === null) continue;
        const place = `${within}\u0000${foldName(name)}`;
        const alike = first.get(place);
        // Of two that have one name, each is remembered.
        const definition = asRemembered(`${server}/${name}${alike?.name === name ? ` ${at}` : ""}`, name, written);
        if (definition === undefined) {
          if (alike === undefined) first.set(place, { name, hash: "", written });
          if (!holds) continue;
          states.set(written, "changed");
          if (alike?.name === name) states.set(alike.written, "shadowing");
          continue;
        }
        const hash = definitionHash(definition);
        const isTwin = alike !== undefined && (alike.name !== name || alike.hash !== hash);
        const { state } = book.observe(server, definition, {
          isApplication: true,
          isHeld: holds,
          ...(isTwin && { twin: `${server}/${alike.name}` }),
        });
        if (alike === undefined) first.set(place, { name, hash, written });
        if (!holds) continue;
        states.set(written, state);
        // Which of the two a call means, nobody can say.
        if (alike?.name === name && isTwin) states.set(alike.written, "shadowing");
      }
    },
    stateOf: (definition) =>
      typeof definition === "object" && definition !== null ? (states.get(definition) ?? "none") : "none",
  };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const WRAPPERS = ["function", "custom", "toolSpec"];
const SCHEMAS = ["parameters", "parametersJsonSchema", "input_schema", "inputSchema"];

/**
 * One form for the definitions of all protocols: name, description, `inputSchema`, and whatever else stands there, since
 * a model may read that as well.
 */
const asTool = (name: string, written: object): Definition => {
  const outer: Definition = Object.fromEntries(Object.entries(written));
  const wrapper = WRAPPERS.find((key) => isRecord(outer[key]));
  const inner = wrapper === undefined ? outer : Object.fromEntries(Object.entries(outer[wrapper] ?? {}));
  const schemaKey = SCHEMAS.find((key) => inner[key] !== undefined) ?? "";
  const schema = inner[schemaKey];
  const isBedrocks = wrapper === "toolSpec" && isRecord(schema) && Object.keys(schema).length === 1;
  const plain = isBedrocks && isRecord(schema["json"]) ? schema["json"] : schema;
  // Where a prompt's cache ends is no part of the tool, and wanders.
  const without = (members: Definition, ...keys: readonly string[]): Definition =>
    Object.fromEntries(Object.entries(members).filter(([key]) => !["cache_control", ...keys].includes(key)));
  const beside = wrapper === undefined ? {} : without(outer, wrapper, "type");
  return {
    ...without(inner, schemaKey),
    ...(Object.keys(beside).length > 0 && { beside }),
    name,
    ...(plain !== undefined && { inputSchema: plain }),
  };
};
