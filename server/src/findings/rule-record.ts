import { OPEN_FINDING_STATUSES, type Finding, type RuleRecord } from "@parapet/model";

const DAY_MS = 86_400_000;
/** Below so many judgements a share says nothing. */
const JUDGED_MIN = 5;
const FALL = 0.2;
const USELESS = 0.1;

export type JudgedFinding = Pick<Finding, "rule" | "status" | "lastSeen" | "firstSeen" | "exception">;

const precisionOf = (findings: readonly JudgedFinding[]): number | undefined => {
  const useful = findings.filter(({ status }) => status === "resolved").length;
  const judged = useful + findings.filter(({ status }) => status === "false_positive").length;
  return judged < JUDGED_MIN ? undefined : useful / judged;
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** One record for each rule that found anything, those that need a decision first. */
export const ruleRecords = (
  findings: readonly JudgedFinding[],
  window: { readonly days: number; readonly nowMs: number },
): RuleRecord[] => {
  const byRule = Map.groupBy(findings, ({ rule }) => rule);
  const order = ["useless", "falling", "silent", "none"];
  return [...byRule]
    .map(([rule, its]) => ruleRecord(rule, its, window))
    .toSorted(
      (left, right) =>
        order.indexOf(left.decay) - order.indexOf(right.decay) ||
        right.findings - left.findings ||
        (left.rule < right.rule ? -1 : 1),
    );
};

/** What became of a rule's findings in the last `days`, beside the days before. */
const ruleRecord = (
  rule: string,
  findings: readonly JudgedFinding[],
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
): RuleRecord => {
  const from = nowMs - days * DAY_MS;
  const now = findings.filter(({ lastSeen }) => Date.parse(lastSeen) >= from);
  const before = findings.filter(
    ({ lastSeen }) => Date.parse(lastSeen) < from && Date.parse(lastSeen) >= from - days * DAY_MS,
  );
  const count = (status: Finding["status"]): number => now.filter((one) => one.status === status).length;
  const precision = precisionOf(now);
  const earlierPrecision = precisionOf(before);
  const latest = (of: readonly JudgedFinding[]): string | undefined =>
    of
      .map(({ lastSeen }) => lastSeen)
      .toSorted()
      .at(-1);
  const lastUseful = latest(findings.filter(({ status }) => status === "resolved"));
  const lastSeen = latest(findings);
  const decay =
    now.length === 0
      ? "silent"
      : precision !== undefined && precision <= USELESS
        ? "useless"
        : precision !== undefined && earlierPrecision !== undefined && precision < earlierPrecision - FALL
          ? "falling"
          : "none";
  const useful = count("resolved");
  const falsePositives = count("false_positive");
  return {
    rule,
    findings: now.length,
    open: now.filter(({ status }) => OPEN_FINDING_STATUSES.includes(status)).length,
    useful,
    falsePositives,
    accepted: count("accepted"),
    ...(precision !== undefined && { precision }),
    ...(earlierPrecision !== undefined && { earlierPrecision }),
    ...(lastUseful !== undefined && { lastUseful }),
    ...(lastSeen !== undefined && { lastSeen }),
    decay,
    sentence: sentenceOf({ decay, days, useful, falsePositives, precision, earlierPrecision }),
  };
};

const sentenceOf = (of: {
  readonly decay: RuleRecord["decay"];
  readonly days: number;
  readonly useful: number;
  readonly falsePositives: number;
  readonly precision: number | undefined;
  readonly earlierPrecision: number | undefined;
}): string => {
  const judged = of.useful + of.falsePositives;
  switch (of.decay) {
    case "silent":
      return `Found nothing in ${of.days} days: is its source still there?`;
    case "useless":
      return `${of.falsePositives} of ${judged} judged findings were false positives: except the group that makes them, raise its threshold, or retire it.`;
    case "falling":
      return `Useful in ${percent(of.precision ?? 0)} of ${judged} judged findings, ${percent(of.earlierPrecision ?? 0)} in the ${of.days} days before: something it reads has changed.`;
    case "none":
      return judged === 0
        ? "Nobody has judged its findings yet."
        : `Useful in ${of.useful} of ${judged} judged findings.`;
  }
};
