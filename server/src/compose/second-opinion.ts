import { DEFAULT_TENANT, DOUBTFUL_CATEGORIES, type Configuration } from "@parapet/model";
import { DETECTORS } from "#detectors";
import type { OpinionTools } from "#pipeline";
import { systemClock, type Metrics } from "#platform";
import { createSecondOpinion, openAdvisor, type OpinionMetrics } from "#second-opinion";
import { configuredDetectors } from "./detector-settings.ts";
import { requireSecret } from "./load-configuration.ts";
import { StartRefused } from "./running.ts";

const LATENCY_BUCKETS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** Longest time in which a model is loaded and answers. */
const LOADING_MS = 60_000;

/** What must not leave this machine with a question. */
const REDACTED: readonly string[] = ["secrets", "personal-data", "internal-names"];

/** Whom the configuration names for second opinions; undefined: nobody. Throws `StartRefused` when that cannot work. */
export const openSecondOpinion = (
  configuration: Configuration,
  base: string,
  env: NodeJS.ProcessEnv,
  metrics?: Metrics,
): OpinionTools | undefined => {
  const settings = configuration.second_opinion;
  if (settings === undefined) return undefined;
  const reference = "credential" in settings ? settings.credential : undefined;
  const credential = reference === undefined ? undefined : requireSecret(reference, env, "second_opinion.credential");
  const opened = openAdvisor(settings, credential, base);
  if (!opened.ok) throw new StartRefused(opened.message);
  const tools = { clock: systemClock, ...(metrics !== undefined && { metrics: opinionMetrics(metrics) }) };
  return {
    opinion: createSecondOpinion(settings, opened.advisor, tools),
    redactor: configuredDetectors(
      configuration,
      DETECTORS.filter(({ id }) => REDACTED.includes(id)),
    ),
  };
};

/** For one question by hand, which may wait until a model is loaded. */
export const openPatientOpinion = (
  configuration: Configuration,
  base: string,
  env: NodeJS.ProcessEnv,
): OpinionTools | undefined => {
  const settings = configuration.second_opinion;
  if (settings?.kind !== "onnx") return openSecondOpinion(configuration, base, env);
  const second_opinion = { ...settings, concurrency: 1, timeoutMs: LOADING_MS };
  return openSecondOpinion({ ...configuration, second_opinion }, base, env);
};

/** One doubtful text that holds nothing of anybody's, to see whether an answer comes and has the right form. */
export const tryOpinion = ({ opinion }: OpinionTools) => {
  const [category] = DOUBTFUL_CATEGORIES;
  return opinion.ask({ tenant: DEFAULT_TENANT, text: TRIAL_TEXT, provenance: "user", category, confidence: 0.5 });
};

const TRIAL_TEXT = "Which days is the library open in May?";

const opinionMetrics = (metrics: Metrics): OpinionMetrics => {
  const asked = metrics.counter("parapet_second_opinions_total", "Second opinions by outcome");
  const took = metrics.histogram(
    "parapet_second_opinion_duration_ms",
    "Wait for one second opinion, milliseconds",
    LATENCY_BUCKETS,
  );
  return { asked: (outcome) => asked.add({ outcome }), took: (ms) => took.observe({}, ms) };
};
