import { DAY_MS, HOUR_MS, OFFICES, START_MS, workload, type Classifier, type Company } from "../company/company.ts";
import { randomOf, type Random } from "../company/random.ts";
import { cloudTrail } from "../payloads/cloud.ts";
import { hubDownload, hubPush, mlflowCall, mlflowHook, modelStep, prediction } from "../payloads/registry.ts";
import type { Signal } from "../payloads/signal.ts";
import { qdrant } from "../payloads/stores.ts";

const SEGMENTS = ["retail", "business", "private"];

/** A customer as they come: what the classifiers were trained on. */
export const customer = (random: Random) => ({
  age: Math.round(random.between(20, 75)),
  income: Math.round(random.skewed(52_000, 0.4)),
  amount: Math.round(random.skewed(8_000, 0.7)),
  months: random.whole(120),
  segment: random.pick(SEGMENTS),
});

export const scoreOf = ({ age, income, amount, months }: ReturnType<typeof customer>): number =>
  1 / (1 + Math.exp(-(income / 40_000 - amount / 9_000 + months / 80 + (age - 45) / 60)));

export const classified = (
  atMs: number,
  random: Random,
  { name, endpoint, labels, caller }: Classifier,
  features = customer(random),
  user = `service:${caller}`,
  version = "7",
): Signal => {
  const score = Math.min(0.99, Math.max(0.01, scoreOf(features) + random.between(-0.08, 0.08)));
  return prediction(atMs, random, {
    model: name,
    version,
    endpoint,
    user,
    features,
    label: score >= 0.5 ? labels[0] : labels[1],
    score: Math.round(score * 1_000) / 1_000,
  });
};

const READERS = ["dashboard", "batch-scorer", "monitor-bot"];

const registryHour = (random: Random, hourMs: number): Signal[] => {
  const signals: Signal[] = [];
  const at = (): number => hourMs + random.next() * HOUR_MS;
  for (let one = random.count(4); one > 0; one -= 1)
    signals.push(
      mlflowCall(at(), {
        path: `registered-models/get?name=${random.pick(["credit", "fraud", "churn"])}`,
        user: random.pick(READERS),
        address: "10.0.4.9",
      }),
    );
  if (random.chance(0.3))
    signals.push(
      hubDownload(at(), {
        repo: "acme/support-llm",
        file: "model-00001.safetensors",
        user: "serving",
        address: "10.0.5.8",
        bytes: 5e9,
      }),
    );
  return signals;
};

/** A fine-tune with all that belongs to it, by the pipeline that always does it. */
export const fineTune = (atMs: number, random: Random, name: string, version: string): Signal[] => [
  cloudTrail(atMs, random, {
    by: { role: "train", session: "job" },
    call: "sagemaker:CreateTrainingJob",
    address: "10.50.0.9",
    parameters: { trainingJobName: `${name}-${version}` },
  }),
  modelStep(atMs + 2 * HOUR_MS, "fine_tuning", {
    model: name,
    version,
    base_model: "llama-3-8b",
    dataset: "s3://training-data/tickets",
    user: "trainer",
    status: "success",
  }),
  modelStep(atMs + 2.2 * HOUR_MS, "evaluation", {
    model: name,
    version,
    dataset: `s3://eval/${name}`,
    metrics: { auc: 0.8 + random.next() * 0.02, accuracy: 0.77 },
  }),
  mlflowCall(atMs + 2.3 * HOUR_MS, {
    method: "POST",
    path: "model-versions/create",
    user: "trainer",
    address: "10.50.0.9",
    body: { name, source: `s3://models/${name}/${version}` },
  }),
  mlflowHook(atMs + 2.3 * HOUR_MS + 500, "model_version", "created", {
    name,
    version,
    source: `s3://models/${name}/${version}`,
    run_id: random.hex(16),
    tags: { stage: "candidate" },
  }),
  mlflowHook(atMs + 3 * HOUR_MS, "model_version_alias", "created", { name, alias: "champion", version }),
  modelStep(atMs + 3.1 * HOUR_MS, "deployment", {
    model: name,
    version,
    endpoint: `${name}-endpoint`,
    stage: "production",
    user: "deployer",
  }),
];

export const modelsDay = (company: Company, day: number): Signal[] => {
  const random = randomOf(`${company.seed} models ${String(day)}`);
  const signals: Signal[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    const hourMs = START_MS + day * DAY_MS + hour * HOUR_MS;
    const busy = OFFICES.reduce((sum, office) => sum + workload(office, hourMs), 0) / OFFICES.length;
    for (const classifier of company.classifiers)
      for (let one = random.count(classifier.perHour * (0.2 + busy)); one > 0; one -= 1)
        signals.push(classified(hourMs + random.next() * HOUR_MS, random, classifier));
    signals.push(...registryHour(random, hourMs));
  }
  const dayMs = START_MS + day * DAY_MS;
  if (day % 7 === 1)
    signals.push(
      ...fineTune(dayMs + 8 * HOUR_MS, random, "support-llm", String(10 + Math.floor(day / 7))),
      hubPush(dayMs + 11 * HOUR_MS, random, "acme/support-llm", "model"),
    );
  // Every night the corpus takes in what was written during the day.
  for (let one = 0; one < 12; one += 1)
    signals.push(
      qdrant(dayMs + HOUR_MS + one * 30_000, {
        method: "PUT",
        path: `/collections/${random.pick(["articles", "tickets", "documents"])}/points?wait=true`,
        address: "10.50.0.30",
        bytes: 90,
        userAgent: "indexer/2.1",
      }),
    );
  return signals;
};
