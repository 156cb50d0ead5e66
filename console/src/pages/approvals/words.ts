import type { Approval, ApprovalState, Origin } from "@parapet/model";

const NAMES: Readonly<Record<ApprovalState, string>> = {
  pending: "waits",
  approved: "approved, not used yet",
  denied: "denied",
  expired: "expired: denied",
  used: "approved and used",
};
const SHAPES: Readonly<Record<ApprovalState, string>> = {
  pending: "‖",
  approved: "✓",
  denied: "■",
  expired: "–",
  used: "✓",
};

export const stateWord = (state: ApprovalState): string => NAMES[state];
export const stateShape = (state: ApprovalState): string => SHAPES[state];

/** Whose words a value can be. */
export const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  none: "nobody's: it names nothing",
  user: "the user said it",
  trusted: "from trusted content",
  delegated: "from content that the user pointed at",
  model: "the model made it up",
  untrusted: "only untrusted content says it",
};

/** Whose colour an origin has, as segments have them. */
export const originGroup = (origin: Origin): "user" | "operator" | "model" | "untrusted" => {
  switch (origin) {
    case "user":
    case "delegated":
      return "user";
    case "none":
    case "trusted":
      return "operator";
    case "model":
      return "model";
    case "untrusted":
      return "untrusted";
  }
};

export const whoWants = ({ agent, principal }: Pick<Approval, "agent" | "principal">): string =>
  agent === undefined ? principal : `agent ${agent}`;

/** What is wanted: the tool, or what of the exchange is held. */
export const whatIsWanted = ({ what, server, tool }: Pick<Approval, "what" | "server" | "tool">): string => {
  if (what === "request") return "send this request";
  if (what === "response") return "get this answer";
  return `call ${server === "" ? tool : `${server}/${tool}`}`;
};
