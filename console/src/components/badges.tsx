import type { Action, ExchangeState, Provenance, ReceiptOutcome, Severity } from "@parapet/model";
import type { ReactNode } from "react";
import { words } from "./format.ts";
import classes from "./badges.module.css";

const severityShapes: Readonly<Record<Severity, string>> = {
  informational: "○",
  low: "◇",
  medium: "◆",
  high: "▲",
  critical: "⬢",
};

/** Colour, shape and word: any one of the three is enough. */
export const SeverityBadge = ({ severity }: { readonly severity: Severity }): ReactNode => (
  <span className={classes.severity} data-severity={severity}>
    <span aria-hidden="true">{severityShapes[severity]}</span> {severity}
  </span>
);

const actionWords: Readonly<Record<Action, string>> = {
  allow: "allowed",
  observe: "observed",
  redact: "redacted",
  throttle: "throttled",
  divert: "diverted",
  hold: "held",
  block: "blocked",
};
const actionShapes: Readonly<Record<Action, string>> = {
  allow: "○",
  observe: "◔",
  redact: "◧",
  throttle: "◑",
  divert: "↪",
  hold: "‖",
  block: "■",
};

export const actionWord = (action: Action): string => actionWords[action];

/** What was done; with `planned`, what a policy does. */
export const VerdictBadge = ({
  action,
  planned,
}: {
  readonly action: Action;
  readonly planned?: boolean;
}): ReactNode => (
  <span className={classes.verdict} data-action={action}>
    <span aria-hidden="true">{actionShapes[action]}</span> {planned === true ? action : actionWords[action]}
  </span>
);

export const StateText = ({ state }: { readonly state: ExchangeState }): ReactNode => (
  <span className={classes.state} data-quiet={state === "completed" ? "" : undefined}>
    {words(state)}
  </span>
);

const outcomeShapes: Readonly<Record<ReceiptOutcome, string>> = {
  inspected: "✓",
  skipped: "–",
  unscannable: "?",
  failed: "✕",
  bypassed: "↷",
};

export const OutcomeText = ({
  outcome,
  brief,
}: {
  readonly outcome: ReceiptOutcome;
  readonly brief?: boolean;
}): ReactNode => (
  <span className={classes.outcome} data-outcome={outcome}>
    <span aria-hidden="true">{outcomeShapes[outcome]}</span>{" "}
    <span className={brief === true ? "visually-hidden" : undefined}>{outcome}</span>
  </span>
);

/** Whose words these can be; groups share a colour, the word tells them apart. */
export const provenanceGroup = (provenance: Provenance): "operator" | "user" | "untrusted" | "arguments" | "model" => {
  switch (provenance) {
    case "system":
    case "developer":
      return "operator";
    case "user":
      return "user";
    case "document":
    case "tool-description":
    case "tool-result":
      return "untrusted";
    case "tool-arguments":
      return "arguments";
    case "model":
      return "model";
  }
};
