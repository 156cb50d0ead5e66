import { ProbeRun, type BehaviourChange, type ProbeAnswer, type ProbeConfiguration } from "@parapet/model";
import { judgeProbe, probeAnswer } from "#detection";
import { hmacHex, sha256Hex } from "#platform";
import { z } from "zod";
import { noteChange } from "./changes.ts";
import { PROBE_PROMPTS } from "./probe-prompts.ts";
import { raise } from "./raise.ts";
import { type BehaviourTools, HOUR_MS, timeOf } from "./tools.ts";
import { PROBE_WORDS } from "./words.ts";

export interface ProbeTools {
  readonly probes: readonly ProbeConfiguration[];
  /** Through the gateway's own listener, in a lane that is marked. */
  readonly send: (route: string, body: string) => Promise<{ readonly status: number; readonly text: string }>;
  /** Keys the digests of answers. */
  readonly key: Buffer;
  readonly signatureSeed: number;
}

const RUNS_KEPT = 30;
const TICK_MS = 60_000;

const Answer = z.object({
  model: z.string().catch(""),
  system_fingerprint: z.string().nullish().catch(undefined),
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});

const readAnswer = (status: number, text: string) => {
  if (status !== 200) return undefined;
  try {
    const parsed = Answer.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

const readRuns = async ({ control, tenant }: BehaviourTools, probe: string): Promise<readonly ProbeRun[]> =>
  (await control.listNotes(tenant, "probe", { subject: `probe ${probe}`, limit: RUNS_KEPT })).flatMap(({ data }) => {
    const parsed = ProbeRun.safeParse(data);
    return parsed.success ? [parsed.data] : [];
  });

/** Asks one probe's prompts, compares the answers with earlier runs, and tells a silent change. */
const runProbe = async (tools: BehaviourTools, own: ProbeTools, probe: ProbeConfiguration): Promise<ProbeRun> => {
  const { control, tenant, clock } = tools;
  const prompts = probe.prompts ?? PROBE_PROMPTS;
  const answers: ProbeAnswer[] = [];
  const names = new Set<string>();
  for (const content of prompts) {
    const body = JSON.stringify({
      model: probe.model,
      messages: [{ role: "user", content }],
      temperature: 0,
      max_tokens: probe.maxTokens,
    });
    const { status, text } = await own.send(probe.route, body).catch(() => ({ status: 0, text: "" }));
    const answer = readAnswer(status, text);
    const said = answer?.choices[0]?.message.content ?? undefined;
    if (answer === undefined || said === undefined) continue;
    names.add([answer.model, answer.system_fingerprint ?? ""].filter((name) => name !== "").join(" "));
    answers.push(probeAnswer(said, hmacHex(own.key, "probe", said).slice(0, 32), own.signatureSeed));
  }
  const failed = prompts.length - answers.length;
  const earlier = await readRuns(tools, probe.id);
  const time = timeOf(clock.now());
  const asked = {
    probe: probe.id,
    time,
    route: probe.route,
    model: probe.model,
    answeredBy: [...names].toSorted().join(", "),
    prompts: sha256Hex(JSON.stringify(prompts)).slice(0, 16),
    answers,
    failed,
  };
  const verdict =
    failed > 0
      ? { changed: false, sentence: `${failed} of ${prompts.length} prompts were not answered, so nothing is compared` }
      : judgeProbe(
          { ...asked, changed: false, sentence: "" },
          earlier.filter((one) => one.failed === 0),
        );
  const run: ProbeRun = { ...asked, ...verdict };
  await control.putNotes(tenant, [
    { kind: "probe", id: `${probe.id} ${time}`, subject: `probe ${probe.id}`, time, data: run },
  ]);
  const old = (await control.listNotes(tenant, "probe", { subject: `probe ${probe.id}` })).slice(RUNS_KEPT);
  await control.deleteNotes(tenant, { kind: "probe", ids: old.map(({ id }) => id) });
  await tell(tools, run, earlier[0]);
  return run;
};

const tell = async (tools: BehaviourTools, run: ProbeRun, last: ProbeRun | undefined): Promise<void> => {
  const isRenamed =
    last !== undefined && run.answeredBy !== "" && last.answeredBy !== "" && run.answeredBy !== last.answeredBy;
  if (!run.changed && !isRenamed) return;
  const { probe, model, route, time, sentence } = run;
  const change: BehaviourChange = {
    id: `probe ${probe} ${time}`,
    time,
    kind: isRenamed ? "fingerprint" : "probe",
    dimension: "model",
    subject: model,
    touches: [route],
    sentence: isRenamed
      ? `probe ${probe}: ${model} is answered by ${run.answeredBy}, before by ${last.answeredBy}`
      : `probe ${probe}: ${model} answers otherwise than before`,
  };
  await tools.control.putNotes(tools.tenant, [noteChange(change)]);
  if (!run.changed) return;
  const named = isRenamed ? `the answers name ${run.answeredBy} now` : "the answers name no other model than before";
  const { severity, title, tags, triage } = PROBE_WORDS;
  await raise(tools, {
    rule: "drift.probe",
    title: `${model} on ${route} ${title}`,
    sentence: `Probe ${probe} of ${model} on ${route}: ${sentence}; ${named}.`,
    severity,
    entities: { route, model },
    atMs: Date.parse(time),
    tags,
    triage,
  });
};

/** Runs each probe when it is due; when it ran is in the store, so that a restart does not ask again. */
export const createProbes = (tools: BehaviourTools, own: ProbeTools) => {
  let timer: NodeJS.Timeout | undefined;
  let going: Promise<void> = Promise.resolve();
  const runDue = async (): Promise<void> => {
    for (const probe of own.probes) {
      const [last] = await readRuns(tools, probe.id);
      const dueMs = last === undefined ? 0 : Date.parse(last.time) + probe.everyHours * HOUR_MS;
      if (tools.clock.now() < dueMs) continue;
      const run = await runProbe(tools, own, probe);
      tools.logger[run.changed || run.failed > 0 ? "warn" : "info"](
        { probe: probe.id, result: run.sentence },
        "a probe has run",
      );
    }
  };
  return {
    start: (): void => {
      if (own.probes.length === 0) return;
      timer = setInterval(() => {
        going = going.then(runDue).catch((error: unknown) => tools.logger.error({ error }, "a probe failed"));
      }, TICK_MS);
      timer.unref();
    },
    /** Those that are due, now. */
    runDue,
    stop: async (): Promise<void> => {
      clearInterval(timer);
      await going;
    },
  };
};
