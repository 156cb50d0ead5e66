import type { Finding, FindingId, SelfTestProblem, SelfTestRun, Severity, TenantId, Timestamp } from "@parapet/model";
import { foldSighting, type Sighting } from "#findings";
import type { ControlStore } from "#storage";

/** Stands where a rule's name stands. */
export const SELF_TEST_RULE = "self-test";

const EXCHANGES_MAX = 50;
const PAGE = 200;

const WORDS: Readonly<
  Record<SelfTestProblem["kind"], { readonly severity: Severity; readonly title: string; readonly triage: string }>
> = {
  recall: {
    severity: "high",
    title: "finds fewer attacks than it did",
    triage: [
      "1. On the Self-test page, look at the rows that were missed and at the versions of this run and the one before.",
      "2. Was a detector switched off or a setting changed? Compare the configuration with the last good run.",
      "3. After an upgrade: read the changelog, then either go back, or accept the new figures with `parapet self-test --write-baseline`.",
    ].join("\n"),
  },
  "false-positives": {
    severity: "medium",
    title: "flags more harmless text than it did",
    triage: [
      "1. On the Self-test page, read the look-alikes that were flagged: users write such text every day.",
      "2. Put enforcing routes that suffer to `observe` until it is understood.",
      "3. After a deliberate change, accept the new figures with `parapet self-test --write-baseline`.",
    ].join("\n"),
  },
  incomplete: {
    severity: "high",
    title: "could not see everything",
    triage: [
      "1. Read the reason: a failed or bypassed detector, a canary that got out, or a gateway that did not answer.",
      "2. Look at the exchanges below and at `parapet doctor`.",
      "3. The same gap is open to everybody's traffic: treat the routes that inspect like this one as uncovered.",
    ].join("\n"),
  },
};

const keyOf = ({ kind, lane, name }: SelfTestProblem): string => JSON.stringify([kind, lane, name]);

const titleOf = ({ kind, lane, name }: SelfTestProblem): string =>
  lane === ""
    ? "The self-test leaves out rows that are not in form"
    : kind === "incomplete"
      ? `The self-test on ${lane} ${WORDS[kind].title}`
      : `${name} on ${lane} ${WORDS[kind].title}`;

/** Exchanges of the rows that a problem speaks of. */
const exchangesOf = (problem: SelfTestProblem, run: SelfTestRun): string[] => {
  const lane = run.lanes.find((one) => one.lane === problem.lane);
  const figures = [...(lane?.detectors ?? []), ...(lane?.categories ?? [])].find((one) => one.name === problem.name);
  const ids = problem.kind === "recall" ? figures?.missed : figures?.flagged;
  return run.rows
    .filter((row) => row.lane === problem.lane && row.exchange !== "")
    .filter((row) => (problem.kind === "incomplete" ? row.outcome === "unseen" : ids?.includes(row.id) === true))
    .map(({ exchange }) => exchange)
    .slice(0, EXCHANGES_MAX);
};

const subjectOf = ({ kind, lane, name }: SelfTestProblem, { lanes }: SelfTestRun): string => {
  if (kind === "incomplete") return "part";
  const detectors = lanes.find((one) => one.lane === lane)?.detectors ?? [];
  return detectors.some((one) => one.name === name) ? "detector" : "category";
};

const sightingOf = (problem: SelfTestProblem, run: SelfTestRun): Sighting => {
  const { severity, triage } = WORDS[problem.kind];
  return {
    rule: SELF_TEST_RULE,
    title: titleOf(problem),
    description: problem.sentence,
    severity,
    tags: [],
    triage,
    groupKey: keyOf(problem),
    entities: {
      ...(problem.lane !== "" && { route: problem.lane }),
      [subjectOf(problem, run)]: problem.name,
    },
    firstSeen: run.finishedAt,
    lastSeen: run.finishedAt,
    exchanges: exchangesOf(problem, run),
    events: [],
    sources: ["self-test"],
  };
};

/** Newest first. */
const ownFindings = async (control: ControlStore, tenant: TenantId): Promise<readonly Finding[]> => {
  const all: Finding[] = [];
  let cursor: string | undefined;
  do {
    const page = await control.listFindings(tenant, { rule: SELF_TEST_RULE, limit: PAGE, cursor });
    all.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
};

const isOpen = ({ status }: Finding): boolean => status !== "resolved" && status !== "false_positive";

const resolved = (finding: Finding, time: Timestamp): Finding => ({
  ...finding,
  status: "resolved",
  history: [
    ...finding.history,
    { time, actor: "system", change: `status ${finding.status} → resolved`, comment: "The self-test is good again." },
  ],
});

/**
 * Opens a finding for each problem or counts it on the one that is there; resolves those whose problem is over.
 * A false positive stays one and is only counted. An incomplete run resolves nothing but what it could see.
 */
export const updateFindings = async (
  control: ControlStore,
  tenant: TenantId,
  run: SelfTestRun,
  newId: () => FindingId,
): Promise<void> => {
  const known = await ownFindings(control, tenant);
  const current = new Set(run.problems.map(keyOf));
  for (const problem of run.problems) {
    const before = known.find((one) => one.groupKey === keyOf(problem) && one.status !== "resolved");
    const next = foldSighting(sightingOf(problem, run), before, { now: run.finishedAt, newId: newId() });
    await control.putFinding(tenant, { ...next, description: problem.sentence });
  }
  if (run.result === "incomplete") return;
  for (const finding of known) {
    if (!isOpen(finding) || current.has(finding.groupKey)) continue;
    await control.changeFinding(tenant, finding.id, (stored) =>
      isOpen(stored) ? resolved(stored, run.finishedAt) : undefined,
    );
  }
};
