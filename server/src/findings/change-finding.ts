import { OPEN_FINDING_STATUSES, type Finding, type FindingStatus, type Timestamp } from "@parapet/model";
import type { FindingChange } from "@parapet/model/api";

const HISTORY_MAX = 500;
const ACCEPTED_MS_MAX = 366 * 86_400_000;

/** Where a person may take a finding from each status. Any closed one can be opened again. */
export const TRANSITIONS: Readonly<Record<FindingStatus, readonly FindingStatus[]>> = {
  new: ["triaged", "in_progress", "resolved", "false_positive", "accepted"],
  triaged: ["in_progress", "resolved", "false_positive", "accepted"],
  in_progress: ["triaged", "resolved", "false_positive", "accepted"],
  resolved: ["in_progress", "false_positive"],
  false_positive: ["triaged", "in_progress", "accepted"],
  accepted: ["triaged", "in_progress", "resolved", "false_positive"],
};

export type ChangedFinding =
  | { readonly ok: true; readonly finding: Finding }
  | { readonly ok: false; readonly reason: string };

/** Statuses whose findings still take up new hits; a resolved one does not (see `foldHit`). */
export const absorbsHits = (status: FindingStatus): boolean => status !== "resolved";

/** Statuses that nobody needs to look at any more. */
export const isClosed = (status: FindingStatus): boolean => !OPEN_FINDING_STATUSES.includes(status);

/**
 * Applies a person's change and writes it into the history. Refused as a whole when the status cannot be
 * reached, or when nothing would change. An empty owner takes the owner away.
 */
export const changeFinding = (
  finding: Finding,
  change: FindingChange,
  actor: string,
  now: Timestamp,
): ChangedFinding => {
  const { status, acceptedUntil, owner, comment } = change;
  const words: string[] = [];
  if (acceptedUntil !== undefined) {
    const aheadMs = Date.parse(acceptedUntil) - Date.parse(now);
    if (aheadMs <= 0 || aheadMs > ACCEPTED_MS_MAX)
      return { ok: false, reason: "acceptedUntil must lie ahead, and at most a year" };
  }
  const isLonger = status === "accepted" && acceptedUntil !== finding.acceptedUntil;
  if (status !== undefined && (status !== finding.status || isLonger)) {
    const allowed = TRANSITIONS[finding.status];
    if (!allowed.includes(status) && status !== finding.status) {
      return {
        ok: false,
        reason: `A finding that is ${finding.status} cannot become ${status}; it can become ${allowed.join(", ")}`,
      };
    }
    words.push(`status ${finding.status} → ${status}${acceptedUntil === undefined ? "" : ` until ${acceptedUntil}`}`);
  }
  const before = finding.owner ?? "";
  if (owner !== undefined && owner !== before) words.push(owner === "" ? `owner ${before} removed` : `owner ${owner}`);
  const said = comment?.trim() ?? "";
  if (words.length === 0 && said === "") return { ok: false, reason: "Nothing would change" };
  if (finding.history.length >= HISTORY_MAX)
    return { ok: false, reason: `The finding has ${HISTORY_MAX} changes; resolve it` };
  const entry = { time: now, actor, change: words.join("; ") || "comment", ...(said === "" ? {} : { comment: said }) };
  const { owner: _before, acceptedUntil: untilBefore, exception, ...rest } = finding;
  const isAccepted = (status ?? finding.status) === "accepted";
  const until = acceptedUntil ?? untilBefore;
  const after = owner ?? before;
  return {
    ok: true,
    finding: {
      ...rest,
      status: status ?? finding.status,
      ...(after === "" ? {} : { owner: after }),
      ...(isAccepted && until !== undefined && { acceptedUntil: until }),
      ...(isAccepted && exception !== undefined && { exception }),
      history: [...finding.history, entry],
    },
  };
};
