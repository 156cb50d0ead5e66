import type { Effect } from "@parapet/model";
import type { Act } from "./act-words.ts";
import { topicsIn, type Asks } from "./asks.ts";
import type { Topic } from "./topic-words.ts";

/** Acts that ask for an effect by themselves, and acts that do so together with a topic. */
const ASKED_BY: Readonly<
  Record<Effect, { readonly acts: readonly Act[]; readonly with?: readonly Act[]; readonly topics?: readonly Topic[] }>
> = {
  read: { acts: [] },
  write: { acts: ["create", "change", "schedule", "book", "run", "remove", "pay", "permit", "follow"] },
  communicate: { acts: ["message", "share", "schedule", "follow"] },
  spend: {
    acts: ["pay", "book"],
    with: ["create", "change", "schedule", "follow"],
    topics: ["money", "order", "travel"],
  },
  destroy: { acts: ["remove"] },
  rights: { acts: ["permit", "share"], with: ["create", "change", "remove", "message"], topics: ["security"] },
};

/** Effects that each need to be asked for; of the others one of a tool's suffices. */
const STRICT: ReadonlySet<Effect> = new Set(["spend", "destroy", "rights"]);
/** Acts that say little of themselves, so that what the tool is about has to be spoken of as well. */
const VAGUE: ReadonlySet<Act> = new Set(["create", "change", "remove"]);

const asksFor = (effect: Effect, asks: Asks, topics: ReadonlySet<Topic>): boolean => {
  const { acts, with: withActs = [], topics: needed = [] } = ASKED_BY[effect];
  const near = topics.size === 0 || asks.topics.size === 0 || !topics.isDisjointFrom(asks.topics);
  if (acts.some((act) => asks.acts.has(act) && (near || !VAGUE.has(act)))) return true;
  return withActs.some((act) => asks.acts.has(act)) && needed.some((topic) => asks.topics.has(topic));
};

/** Whether a user's words ask for what a tool does. A tool that only reads needs no asking. */
export const isAsked = (effects: readonly Effect[], toolWords: readonly string[], asks: Asks): boolean => {
  const topics = new Set(topicsIn(toolWords).map(({ name }) => name));
  const doing = effects.filter((effect) => effect !== "read");
  if (doing.length === 0) return true;
  const strict = doing.filter((effect) => STRICT.has(effect));
  if (strict.length > 0) return strict.every((effect) => asksFor(effect, asks, topics));
  return doing.some((effect) => asksFor(effect, asks, topics));
};
