import type { PendingDefinition, PinState, ToolPin } from "@parapet/model";
import { latinOf } from "#detectors";
import { Fault, toTimestamp, type Clock } from "#platform";
import { compareJson, stringsOf } from "./compare.ts";
import { bodyHash, definitionHash, type Definition } from "./definition-hash.ts";
import type { ChangeJudge } from "./judge-change.ts";

/** Where pins are kept. `save` resolves once all of them are durable. */
export interface PinStore {
  readonly load: () => Promise<readonly ToolPin[]>;
  readonly save: (pins: readonly ToolPin[]) => Promise<void>;
}

export interface PinBookOptions {
  readonly store: PinStore;
  readonly judge: ChangeJudge;
  readonly clock: Clock;
  /** Told when what is in force, or waits, is another. */
  readonly onChange: (pin: ToolPin, what: PinChange, actor: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** `changed`: another definition is used and only shown; `varies`: so many were that none is compared any more. */
export type PinChange = "seen" | "held" | "changed" | "varies" | "approved";

/** What is around a definition where it is offered. */
export interface Surroundings {
  /** Servers whose tools the same model sees. */
  readonly neighbours?: readonly string[];
  /** Names of all tools that the server offers now; left out: not known. */
  readonly offered?: ReadonlySet<string>;
  /** Whether it comes in an application's requests, which may change it with every release. */
  readonly isApplication?: boolean;
  /** Of an application's: whether one that is not in force is held; left out: only shown. */
  readonly isHeld?: boolean;
  /** Another tool of the same request that this one could be taken for. */
  readonly twin?: string;
}

export interface Observed {
  readonly state: PinState;
  /** How it is approved, in words; empty where there is nothing to approve. */
  readonly approval: string;
}

export interface PinBook {
  /** State of a definition that a server offers. The first one under a name is taken; another one is held. */
  readonly observe: (server: string, definition: Definition, around?: Surroundings) => Observed;
  /** State of a tool by its name, for calls; `none` where it was never seen. */
  readonly stateOf: (server: string, tool: string) => PinState;
  readonly list: () => readonly ToolPin[];
  /** Puts the definition with this hash in force. Throws `not_found` and `conflict`. */
  readonly approve: (server: string, tool: string, hash: string, actor: string) => Promise<ToolPin>;
  /** Resolves once all that was seen is durable. */
  readonly settled: () => Promise<void>;
}

const PINS_MAX = 20_000;
const NAME_UNITS_MAX = 500;
/** Of all applications, and of one: what makes more names is not to be looked at by a person. */
const APPLICATION_PINS_MAX = 5_000;
const APPLICATION_NAMES_MAX = 256;
/** Definitions of one name since somebody approved one; an application that has more makes them for each user. */
const VARIANTS_MAX = 8;
const NOTHING: Observed = { state: "none", approval: "" };

/**
 * Letters and digits only, as they look, so that `read_file`, `Read-File`, `readfile` and `reаd_file` with a Cyrillic
 * letter are one name.
 */
export const foldName = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .replaceAll(/[^\0-\x7f]/gu, latinLookAlike);

const latinLookAlike = (letter: string): string => {
  const latin = letter.length === 1 ? latinOf(letter.charCodeAt(0)) : 0;
  return latin === 0 ? letter : String.fromCharCode(latin);
};
/** Names that are no ordinary words: a description that says one of them means the tool. */
const TELLING_NAME = /^(?=.{6,})(?:.*[_.-]|.*[a-z][A-Z])/;

/** Loads the pins and keeps them; asked synchronously on the road, written behind. */
export const createPinBook = async (options: PinBookOptions): Promise<PinBook> => {
  const { store, judge, clock, onChange, onTrouble } = options;
  const pins = new Map<string, ToolPin>((await store.load()).map((pin) => [keyOf(pin.server, pin.tool), pin]));
  /** Tools of each application that is pinned here. */
  const names = new Map<string, number>();
  for (const { server, application } of pins.values())
    if (application === true) names.set(server, (names.get(server) ?? 0) + 1);
  let applicationPins = [...names.values()].reduce((sum, count) => sum + count, 0);
  /** Of each tool, definitions that waited since the start or the last approval. */
  const variants = new Map<string, number>();
  let writing = Promise.resolve();
  let batch: { readonly pins: ToolPin[]; readonly done: Promise<void> } | undefined;

  /** What comes while others are written is written at once after them. */
  const write = (pin: ToolPin): Promise<void> => {
    pins.set(keyOf(pin.server, pin.tool), pin);
    if (batch === undefined) {
      const waiting: ToolPin[] = [];
      const done = writing.then(() => {
        batch = undefined;
        return store.save(waiting);
      });
      batch = { pins: waiting, done };
      writing = done.catch(onTrouble);
    }
    batch.pins.push(pin);
    return batch.done;
  };

  const now = (): string => toTimestamp(clock.now());

  /** A tool of another server that this one could be taken for, or speaks of. */
  const shadowed = (
    server: string,
    name: string,
    definition: Definition,
    neighbours: readonly string[],
  ): string | undefined => {
    const own = foldName(name);
    const texts = stringsOf(definition).join("\n");
    for (const pin of pins.values()) {
      if (pin.server === server || !neighbours.includes(pin.server) || pin.hash === "") continue;
      const id = `${pin.server}/${pin.tool}`;
      if (foldName(pin.tool) === own) return id;
      if (TELLING_NAME.test(pin.tool) && wordIn(texts, pin.tool)) return id;
    }
    return undefined;
  };

  /** A tool of the same server that is gone, and was the same but for its name. */
  const renamedFrom = (server: string, definition: Definition, offered: ReadonlySet<string>): ToolPin | undefined => {
    const body = bodyHash(definition);
    return [...pins.values()].find(
      (pin) =>
        pin.server === server && pin.hash !== "" && !offered.has(pin.tool) && bodyHash(parsed(pin.definition)) === body,
    );
  };

  const pendingOf = (
    kind: PendingDefinition["kind"],
    server: string,
    before: Definition | undefined,
    after: Definition,
    of?: string,
  ): PendingDefinition => ({
    kind,
    hash: definitionHash(after),
    definition: JSON.stringify(after),
    seenAt: now(),
    ...(of !== undefined && { of }),
    changes: [...compareJson(before ?? {}, after)],
    adds: [...judge(server, before, after)],
  });

  const hold = (pin: ToolPin, { isApplication = false, isHeld: isStopped = false }: Surroundings): Observed => {
    const key = keyOf(pin.server, pin.tool);
    const before = pins.get(key);
    const seen = (variants.get(key) ?? 0) + 1;
    if (isApplication) variants.set(key, seen);
    if (isApplication && seen > VARIANTS_MAX && before !== undefined) {
      const { pending: _pending, ...rest } = before;
      const varying: ToolPin = { ...rest, state: stateInForce(before), varies: true };
      write(varying).catch(onTrouble);
      onChange(varying, "varies", "system");
      return { state: "changed", approval: "its definition varies" };
    }
    write(pin).catch(onTrouble);
    onChange(pin, isApplication && !isStopped ? "changed" : "held", "system");
    return { state: pin.state, approval: approvalOf(pin) };
  };

  const first = (server: string, name: string, definition: Definition, around: Surroundings): Observed => {
    const isApplication = around.isApplication === true;
    const empty = {
      server,
      tool: name,
      hash: "",
      definition: "",
      firstSeen: now(),
      ...(isApplication && { application: true }),
    };
    if (isApplication) {
      names.set(server, (names.get(server) ?? 0) + 1);
      applicationPins += 1;
    }
    const of = around.twin ?? shadowed(server, name, definition, around.neighbours ?? []);
    if (of !== undefined) {
      const pending = pendingOf("shadowing", server, undefined, definition, of);
      return hold({ ...empty, state: "shadowing", pending }, around);
    }
    const former = around.offered === undefined ? undefined : renamedFrom(server, definition, around.offered);
    if (former !== undefined) {
      const pending = pendingOf("renamed", server, parsed(former.definition), definition, `${server}/${former.tool}`);
      return hold({ ...empty, state: "changed", pending }, around);
    }
    const pin: ToolPin = {
      ...empty,
      state: "new",
      hash: definitionHash(definition),
      definition: JSON.stringify(definition),
    };
    write(pin).catch(onTrouble);
    onChange(pin, "seen", "system");
    return { state: "new", approval: "" };
  };

  const observe: PinBook["observe"] = (server, definition, around = {}) => {
    const { name } = definition;
    if (typeof name !== "string" || name === "" || name.length > NAME_UNITS_MAX) return NOTHING;
    const pin = pins.get(keyOf(server, name));
    // Whoever offers that many is not to be looked at by a person; none of the rest is in force.
    if (pin === undefined && isFull(server, around)) return { state: "changed", approval: "too many tools are pinned" };
    if (pin === undefined) return first(server, name, definition, around);
    const hash = definitionHash(definition);
    if (hash === pin.hash) return { state: isHeld(pin) ? stateInForce(pin) : pin.state, approval: "" };
    if (pin.pending?.hash === hash) return { state: heldState(pin.pending), approval: approvalOf(pin) };
    if (pin.varies === true) return { state: "changed", approval: "its definition varies" };
    if (pin.hash === "") {
      const kind = pin.pending?.kind ?? "changed";
      return hold({ ...pin, pending: pendingOf(kind, server, undefined, definition, pin.pending?.of) }, around);
    }
    const kind = around.twin === undefined ? "changed" : "shadowing";
    const pending = pendingOf(kind, server, parsed(pin.definition), definition, around.twin);
    return hold({ ...pin, state: kind, pending }, around);
  };

  const isFull = (server: string, { isApplication }: Surroundings): boolean =>
    pins.size >= PINS_MAX ||
    (isApplication === true &&
      ((names.get(server) ?? 0) >= APPLICATION_NAMES_MAX || applicationPins >= APPLICATION_PINS_MAX));

  return {
    observe,
    stateOf: (server, tool) => pins.get(keyOf(server, tool))?.state ?? "none",
    list: () =>
      [...pins.values()].toSorted(
        (a, b) => Number(isHeld(b)) - Number(isHeld(a)) || order(a.server, b.server) || order(a.tool, b.tool),
      ),
    approve: async (server, tool, hash, actor) => {
      const pin = pins.get(keyOf(server, tool));
      if (pin === undefined) throw new Fault("not_found", { message: `No tool ${tool} of ${server} was seen.` });
      const { pending, varies: _varies, ...rest } = pin;
      const given = { state: "pinned", approvedBy: actor, approvedAt: now() } as const;
      let approved: ToolPin | undefined;
      if (pending?.hash === hash) approved = { ...rest, ...given, hash, definition: pending.definition };
      else if (pin.hash === hash) approved = { ...rest, ...given };
      if (approved === undefined)
        throw new Fault("conflict", { message: "Another definition was seen since; look at it first." });
      variants.delete(keyOf(server, tool));
      await write(approved);
      onChange(approved, "approved", actor);
      return approved;
    },
    settled: () => writing,
  };
};

const keyOf = (server: string, tool: string): string => `${server}/${tool}`;

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isHeld = ({ pending }: ToolPin): boolean => pending !== undefined;

const heldState = ({ kind }: PendingDefinition): PinState => (kind === "shadowing" ? "shadowing" : "changed");

/** Of the definition in force, while another one waits. */
const stateInForce = ({ approvedAt }: ToolPin): "new" | "pinned" => (approvedAt === undefined ? "new" : "pinned");

const approvalOf = ({ server, tool, pending }: ToolPin): string =>
  `parapet tools approve ${server} ${tool} (${pending?.hash.slice(0, 12) ?? ""})`;

const parsed = (json: string): Definition => {
  const value: unknown = JSON.parse(json);
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
};

const WORD = /[\p{L}\p{N}_.-]/u;

const wordIn = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + word.length] ?? " ";
    if (!WORD.test(before) && (!WORD.test(after) || after === ".")) return true;
  }
  return false;
};
