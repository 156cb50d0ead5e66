import type { ArgumentOrigin } from "@parapet/model";
import type { ArgumentValue } from "./arguments.ts";
import type { ToolView } from "./tool-effects.ts";
import { TARGET_ROLES, worse, type Judged } from "./origins.ts";
import { keyFor, type SessionIndex } from "./session-index.ts";
import { wholeValues } from "./values.ts";
import { fold, wordsOf } from "./words.ts";

/** A leaf of a call's arguments, with where it comes from. */
export interface JudgedValue {
  readonly value: ArgumentValue;
  readonly role: ArgumentOrigin["role"];
  readonly judged: Judged;
}

export const NOTHING: Judged = { origin: "none" };

/** Roles that matter where a tool only reads: what it reaches outside. Which file or record it reads does not. */
const READ_TARGETS = new Set(["url", "host", "command"]);

/**
 * The worst origin of whom a call reaches: recipients, or the thing that stands for them, such as a thread. Whom only
 * prose names makes no vague request one for this.
 */
export const reachOf = (values: readonly JudgedValue[]): Record<"people" | "things" | "amount", Judged["origin"]> => {
  const worst = (roles: readonly string[]): Judged =>
    values
      .filter(({ role }) => role !== undefined && roles.includes(role))
      .reduce((found, { judged }) => (judged.prose === true ? judged : worse(found, judged)), NOTHING);
  const known = ({ origin, prose }: Judged): Judged["origin"] => (prose === true ? "untrusted" : origin);
  return {
    people: known(worst(["recipient", "account"])),
    things: known(worst(["id"])),
    amount: known(worst(["amount"])),
  };
};

/** Roles of values that a user says only of what shall be done; texts are that only where it is declared which they are. */
const TOLD_ROLES: ReadonlySet<JudgedValue["role"]> = new Set(["amount", "time", "count"]);
const SAID_ORIGINS: ReadonlySet<Judged["origin"]> = new Set(["none", "user", "trusted"]);

/**
 * Whether a call carries what the user said to do with, and nothing of it is only an outsider's. What its tool does not
 * take does nothing, so that it says nothing for the call.
 */
export const isOwn = (
  values: readonly JudgedValue[],
  target: Judged,
  { basis, takes }: Pick<ToolView, "basis" | "takes">,
): boolean => {
  const isOutsiders = ({ judged }: JudgedValue): boolean => judged.origin === "untrusted";
  if (!(SAID_ORIGINS.has(target.origin) || target.origin === "delegated") || values.some(isOutsiders)) return false;
  const isTold = ({ role }: JudgedValue): boolean =>
    TOLD_ROLES.has(role) ||
    (basis === "declared" && (role === "content" || role === undefined) && SAID_ORIGINS.has(target.origin));
  return values.some((each) => each.judged.origin === "user" && isTold(each) && takes(each.value.path));
};

/** Whether a tool that only reads reaches somewhere by such a value. */
export const reachesOut = (role: JudgedValue["role"]): boolean => role !== undefined && READ_TARGETS.has(role);

/**
 * Whether it reaches whom only prose of outsiders names, or another than the one that the user spells out. No learnt
 * judgement speaks for such a call.
 */
export const isForeign = (index: SessionIndex, { value, role, judged }: JudgedValue): boolean => {
  if (judged.origin !== "untrusted" || role === undefined || !TARGET_ROLES.has(role)) return false;
  return judged.prose !== false || wholeValues(value.text).some(({ kind }) => index.userNames(kind));
};

/** Paths and commands are the model's to choose; whom it writes to is not. */
export const isTarget = (role: JudgedValue["role"], { origin }: Judged, onlyReads: boolean): boolean => {
  if (role === undefined || !(onlyReads ? READ_TARGETS : TARGET_ROLES).has(role)) return false;
  return origin !== "model" || (role !== "path" && role !== "command");
};

/** Whether a text of outsiders, and neither the user nor the model, is why this is looked up. */
export const isLedByProse = (index: SessionIndex, { value, judged }: JudgedValue): boolean => {
  if (judged.origin === "untrusted") return true;
  if (judged.prose !== true) return false;
  // The one id of its kind in what the user named: the customer of the ticket.
  if (judged.source !== undefined && index.isOnlyId(value.text, judged.source)) return false;
  if (judged.source !== undefined && index.sources[judged.source]?.named === true && !value.isText) return false;
  return !wordsOf(fold(value.text)).some((word) => /\p{L}{3}/u.test(word) && index.userSays(word));
};

/** Roles of arguments that select one thing. */
const SELECTING = new Set(["id", "path", "url", "recipient", "account"]);

export const isNamedByUser = (index: SessionIndex, { value, role, judged }: JudgedValue): boolean => {
  if (role === undefined || !SELECTING.has(role)) return false;
  if (judged.origin === "user") return true;
  return (
    judged.origin === "delegated" &&
    index
      .occurrencesOf(keyFor("field", wordsOf(fold(value.text)).join(" ")))
      .some(({ record }) => index.isAnchored(record))
  );
};
