import type { Effect, Origin } from "@parapet/model";
import type { Act } from "./act-words.ts";
import { actsOfName, type Asks } from "./asks.ts";
import type { Topic } from "./topic-words.ts";

interface Asking {
  /** Acts that ask for the effect by themselves. */
  readonly acts: readonly Act[];
  /** Acts that do so where the user also speaks of one of the topics, or says whom it is about. */
  readonly with?: readonly Act[];
  readonly topics?: readonly Topic[];
  readonly named?: boolean;
  /** Where the user's own words hold the recipient or the amount. */
  readonly said?: boolean;
}

const ASKED_BY: Readonly<Record<Effect, Asking>> = {
  read: { acts: [] },
  write: { acts: ["create", "change", "schedule", "book", "run", "remove", "pay", "permit", "follow"] },
  communicate: {
    acts: ["message", "share", "schedule", "follow"],
    with: ["create", "change", "permit", "remove"],
    named: true,
  },
  spend: {
    acts: ["pay", "book"],
    with: ["create", "change", "schedule", "message"],
    topics: ["money", "order", "travel"],
    said: true,
  },
  destroy: { acts: ["remove"] },
  rights: {
    acts: ["permit", "share"],
    with: ["create", "change", "remove", "message", "schedule", "follow"],
    topics: ["security"],
    named: true,
  },
};

/** Effects that each need to be asked for; of the others one of a tool's suffices. */
const STRICT: ReadonlySet<Effect> = new Set(["spend", "destroy", "rights"]);
/** Acts that mean the same of a tool. */
const SAME: Readonly<Partial<Record<Act, readonly Act[]>>> = {
  book: ["pay", "create", "schedule", "change"],
  pay: ["book", "create"],
  schedule: ["create", "change", "book", "message"],
  create: ["change", "schedule"],
  change: ["create", "schedule", "permit"],
  share: ["permit", "message"],
  permit: ["share", "create", "change"],
  remove: ["permit", "change"],
  message: ["share"],
};

/** What is known of a tool and its call besides its effects. */
export interface AskedAbout {
  readonly effects: readonly Effect[];
  readonly words: readonly string[];
  /** Where the call's recipients come from. */
  readonly people: Origin;
  readonly amount: Origin;
  /** Where the ids of what it is about come from. */
  readonly things: Origin;
  /** Whether it carries a value of the user's own, such as an amount, and nothing that only outsiders named. */
  readonly own: boolean;
  /** Whether the tool runs whatever command it is given, so that its effects are what commands may do. */
  readonly runs: boolean;
}

/** Origins of what the user said or pointed at. */
const NAMED: ReadonlySet<Origin> = new Set(["user", "trusted", "delegated"]);

/** Origins of what the user or the operator said. */
const SAID: ReadonlySet<Origin> = new Set(["user", "trusted"]);

/** Whether a tool only reads, be it from outside. */
export const fetches = (effects: readonly Effect[]): boolean =>
  effects.every((effect) => effect === "read" || (effect === "communicate" && effects.includes("read")));

const fits = (toolActs: ReadonlySet<Act>, act: Act): boolean =>
  toolActs.size === 0 || toolActs.has(act) || (SAME[act] ?? []).some((same) => toolActs.has(same));

const asksFor = (effect: Effect, asks: Asks, { words, people, things, amount }: AskedAbout): boolean => {
  const { acts, with: withActs = [], topics = [], named = false, said = false } = ASKED_BY[effect];
  const toolActs = actsOfName(words);
  const strict = STRICT.has(effect);
  if (acts.some((act) => asks.acts.has(act) && (!strict || fits(toolActs, act)))) return true;
  const near = withActs.filter((act) => asks.acts.has(act) && (act !== "remove" || fits(toolActs, act)));
  if (said && near.some((act) => act !== "create") && (people === "user" || amount === "user")) return true;
  const reach = people === "none" && !strict ? things : people;
  // "Put it into the list" asks for nothing to be sent to whom content names.
  const vague = near.every((act) => act === "create");
  if (named && near.length > 0 && (vague && people !== "none" ? SAID : NAMED).has(reach)) return true;
  return topics.some((topic) => asks.topics.has(topic)) && near.some((act) => toolActs.size === 0 || toolActs.has(act));
};

/** Whether a user's words ask for what a tool does. A tool that only reads needs no asking. */
export const isAsked = (about: AskedAbout, asks: Asks): boolean => {
  if (fetches(about.effects)) return true;
  const doing = about.effects.filter((effect) => effect !== "read");
  if (about.runs) return asks.acts.size > 0;
  if (about.own) return true;
  // The tool's own verb in the user's mouth: "Review 175" of `review_pull_request`.
  if (about.words.slice(0, 2).some((word) => word.length > 3 && asks.openings.has(word))) return true;
  const strict = doing.filter((effect) => STRICT.has(effect));
  if (strict.length > 0) return strict.every((effect) => asksFor(effect, asks, about));
  return asks.opaque || doing.some((effect) => asksFor(effect, asks, about));
};
