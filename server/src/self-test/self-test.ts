import { FindingId, type SelfTestRun, type TenantId, type Timestamp } from "@parapet/model";
import type { SelfTestProgress, SelfTestRunDetail, SelfTestRuns } from "@parapet/model/api";
import { toTimestamp, uuidv7, type Clock, type Logger } from "#platform";
import type { ControlStore } from "#storage";
import type { Baseline } from "./baseline.ts";
import type { Corpus, Row } from "./corpus.ts";
import { laneFigures, wrongRow, type DetectorKind } from "./figures.ts";
import { updateFindings } from "./findings.ts";
import { findProblems, resultOf, rowProblems, type JudgeSettings } from "./judge.ts";
import { runRow, type LaneTarget, type Outcome, type Sent } from "./run-lane.ts";
import { createScript, type Script } from "./script.ts";

export interface SelfTestTools {
  readonly tenant: TenantId;
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: JudgeSettings & {
    readonly enabled: boolean;
    readonly everyHours: number;
    readonly rowsPerSecond: number;
    readonly runsKept: number;
  };
  /** Read anew for each run, so that edited files count without a restart. */
  readonly corpus: () => Corpus;
  /** Where the rows lie, for messages. */
  readonly folder: string;
  /** What was measured on the rows with this digest. */
  readonly baseline: (corpus: string) => Baseline | undefined;
  readonly lanes: readonly LaneTarget[];
  readonly catalogue: readonly DetectorKind[];
  readonly versions: () => { readonly product: string; readonly policies: string };
  /** Through the gateway's own listener, like any caller. */
  readonly send: (lane: string, body: string) => Promise<Sent>;
  /** Whether callers are waiting; the self-test then waits first. */
  readonly isBusy: () => boolean;
  /** The run's result as an audit record, and with it in the ledger and as an event. */
  readonly audit: (run: SelfTestRun) => Promise<void>;
}

export interface SelfTest {
  /** What answers the lanes. */
  readonly script: Script;
  /** Starts a run unless one goes on or there is nothing to run; the sentence says which. */
  readonly start: (
    actor: string,
  ) =>
    | { readonly ok: true; readonly id: string; readonly rows: number }
    | { readonly ok: false; readonly reason: string };
  readonly list: (limit: number) => Promise<SelfTestRuns>;
  readonly read: (id: string) => Promise<SelfTestRunDetail | undefined>;
  /** Newest finished run of this process, for metrics. */
  readonly last: () => SelfTestRun | undefined;
  readonly schedule: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** After a start the program has better things to do. */
const FIRST_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
/** Runs that a new one is compared with. */
const HISTORY = 60;
const ROWS_KEPT_MAX = 500;
const BUSY_WAIT_MS = 250;
/** A gateway that is always busy is tested all the same. */
const BUSY_MAX_MS = 10 * 60_000;

const reasonOf = ({ diagnostics: [first] }: Corpus): string =>
  first === undefined ? "" : `: ${first.file}:${first.line ?? 1} ${first.message}`;

export const createSelfTest = (tools: SelfTestTools): SelfTest => {
  const { control, tenant, clock, settings, logger } = tools;
  let rows: readonly Row[] = [];
  let progress: (SelfTestProgress & { done: number }) | undefined;
  let going: Promise<void> | undefined;
  let newest: SelfTestRun | undefined;
  let nextMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();
  const script = createScript(() => rows);

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  const runLane = async (target: LaneTarget, corpus: Corpus, advance: () => void): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    let waitedMs = 0;
    for (const row of corpus.rows) {
      const startedMs = clock.monotonic();
      while (tools.isBusy() && waitedMs < BUSY_MAX_MS && !stopping.signal.aborted) {
        await pause(BUSY_WAIT_MS);
        waitedMs += BUSY_WAIT_MS;
      }
      if (stopping.signal.aborted) break;
      outcomes.push(await runRow(row, script, target, (body) => tools.send(target.lane, body)));
      advance();
      await pause(Math.max(0, 1_000 / settings.rowsPerSecond - (clock.monotonic() - startedMs)));
    }
    return outcomes;
  };

  const finish = async (run: SelfTestRun): Promise<void> => {
    await control.putSelfTestRun(tenant, run, settings.runsKept);
    newest = run;
    await updateFindings(control, tenant, run, () => FindingId.parse(uuidv7(clock.now())));
    await tools.audit(run);
    logger[run.result === "passed" ? "info" : "warn"](
      { run: run.id, result: run.result, problems: run.problems.map(({ sentence }) => sentence).slice(0, 10) },
      "the self-test has run",
    );
  };

  const run = async (id: string, startedAt: Timestamp, actor: string, corpus: Corpus): Promise<void> => {
    const measured = [];
    for (const target of tools.lanes) {
      const outcomes = await runLane(target, corpus, () => {
        if (progress !== undefined) progress = { ...progress, done: progress.done + 1 };
      });
      // A run that the program's end cut off says nothing.
      if (stopping.signal.aborted) return;
      measured.push({ target, outcomes });
    }
    const lanes = measured.map(({ target, outcomes }) => laneFigures(target, outcomes, tools.catalogue));
    const wrong = measured.flatMap(({ target, outcomes }) =>
      outcomes.flatMap((outcome) => wrongRow(target.lane, outcome) ?? []),
    );
    const history = await control.listSelfTestRuns(tenant, HISTORY);
    const baseline = tools.baseline(corpus.digest);
    const judged = { corpus: corpus.digest, lanes, rows: wrong, history, baseline, settings };
    const problems = [...rowProblems(corpus.diagnostics), ...findProblems(judged)];
    await finish({
      id,
      startedAt,
      finishedAt: toTimestamp(clock.now()),
      actor,
      result: resultOf(problems),
      corpus: {
        digest: corpus.digest,
        attacks: corpus.rows.filter(({ label }) => label === "attack").length,
        benign: corpus.rows.filter(({ label }) => label === "benign").length,
      },
      versions: {
        ...tools.versions(),
        detectors: Object.fromEntries(tools.catalogue.map(({ id: detector, version }) => [detector, version])),
      },
      ...(baseline !== undefined && { baseline: baseline.writtenAt }),
      lanes,
      problems,
      rows: wrong.slice(0, ROWS_KEPT_MAX),
    });
  };

  const start: SelfTest["start"] = (actor) => {
    if (tools.lanes.length === 0)
      return { ok: false, reason: "No route of this process inspects: there is nothing to test." };
    if (progress !== undefined) return { ok: false, reason: "A self-test is running already." };
    const corpus = tools.corpus();
    for (const { file, line, message } of corpus.diagnostics) logger.warn({ file, line }, `self-test row: ${message}`);
    if (corpus.rows.length === 0)
      return { ok: false, reason: `No row of the self-test can be read in ${tools.folder}${reasonOf(corpus)}.` };
    const startedMs = clock.now();
    const id = uuidv7(startedMs);
    const startedAt = toTimestamp(startedMs);
    const total = corpus.rows.length * tools.lanes.length;
    rows = corpus.rows;
    progress = { id, startedAt, done: 0, total };
    going = run(id, startedAt, actor, corpus)
      .catch((error: unknown) => logger.error({ error }, "the self-test failed"))
      .finally(() => {
        progress = undefined;
        if (settings.enabled) arm(settings.everyHours * HOUR_MS);
      });
    return { ok: true, id, rows: total };
  };

  const arm = (inMs: number): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    nextMs = clock.now() + inMs;
    timer = setTimeout(() => {
      const started = start("schedule");
      if (started.ok) return;
      logger.warn({ reason: started.reason }, "the self-test could not start");
      arm(settings.everyHours * HOUR_MS);
    }, inMs);
    timer.unref();
  };

  const schedule: SelfTest["schedule"] = async () => {
    [newest] = await control.listSelfTestRuns(tenant, 1);
    if (!settings.enabled || tools.lanes.length === 0) return;
    const dueMs = newest === undefined ? 0 : Date.parse(newest.startedAt) + settings.everyHours * HOUR_MS - clock.now();
    arm(Math.max(FIRST_MS, dueMs));
  };

  return {
    script,
    start,
    list: async (limit) => ({
      available: tools.lanes.length > 0,
      enabled: settings.enabled,
      everyHours: settings.everyHours,
      ...(nextMs !== undefined && progress === undefined && { nextAt: toTimestamp(nextMs) }),
      ...(progress !== undefined && { running: progress }),
      items: (await control.listSelfTestRuns(tenant, limit)).map(({ rows: _rows, ...summary }) => summary),
    }),
    read: async (id) => {
      const found = await control.getSelfTestRun(tenant, id);
      if (found === undefined) return undefined;
      const texts = new Map(tools.corpus().rows.map((row) => [row.id, row]));
      const withText = found.rows.map((row) => {
        const own = texts.get(row.id);
        return {
          ...row,
          ...(own !== undefined && { text: own.text }),
          ...(own?.note !== undefined && { note: own.note }),
        };
      });
      return { ...found, rows: withText };
    },
    last: () => newest,
    schedule,
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await going;
    },
  };
};
