import type { Action } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { actionWord } from "../badges.tsx";
import { plural, words } from "../format.ts";

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const found = (exchange: ExchangeDetail): string => {
  const parts = plural(exchange.segments.length, "part");
  if (exchange.matches.length === 0) return `nothing was found in ${parts}`;
  const categories = [...new Set(exchange.matches.map((match) => words(match.category)))];
  const marked = new Set(exchange.matches.map((match) => match.segment)).size;
  return `${categories.join(", ")} found in ${marked === exchange.segments.length ? parts : `${marked} of ${parts}`}`;
};

/** The tool call that the decision is about, where it is about one. */
const about = ({ policy, toolCalls }: ExchangeDetail): string => {
  const call = policy === undefined ? undefined : toolCalls.find(({ decision }) => decision?.policy === policy);
  return call === undefined ? "" : `the call of ${call.name}; `;
};

/** What happened, in one sentence: the decision, the policy that made it, what was found, what was not seen. */
export const sentenceOf = (exchange: ExchangeDetail): string => {
  const { verdict, policy, unscannable, state } = exchange;
  const by = policy === undefined ? "" : ` by ${policy}`;
  const start = verdict === "observe" ? `Let through and noted${by}` : `${capital(actionWord(verdict))}${by}`;
  const unseen = unscannable === 0 ? "" : `; ${plural(unscannable, "part")} could not be inspected`;
  const ending =
    state === "completed" || state === "blocked"
      ? ""
      : `. It ${state === "open" ? "is still going on" : `ended as ${words(state)}`}`;
  return `${start}: ${about(exchange)}${found(exchange)}${unseen}${ending}.`;
};

/** What the other mode would have done with the same matches. */
export const otherMode = (action: Action, would: Action): string => {
  if (action === would) {
    return action === "allow"
      ? "Either mode would have let it pass."
      : `The route enforces. Observing would have let it pass and noted it.`;
  }
  return `The route observes. Enforcing would have ${would === "hold" ? "held" : actionWord(would)} it.`;
};
