import type { Random } from "../company/random.ts";
import { iso, type Signal } from "./signal.ts";

/** A call of MLflow's server, as its access log tells it. */
export const mlflowCall = (
  atMs: number,
  call: {
    readonly method?: string;
    /** Below `/api/2.0/mlflow`, or a whole path. */
    readonly path: string;
    readonly user: string;
    readonly address: string;
    readonly status?: number;
    readonly body?: unknown;
    readonly bytes?: number;
    readonly userAgent?: string;
  },
): Signal => ({
  source: "mlflow",
  atMs,
  record: {
    time: iso(atMs),
    method: call.method ?? "GET",
    path: call.path.startsWith("/api") ? call.path : `/api/2.0/mlflow/${call.path}`,
    user: call.user,
    status: call.status ?? 200,
    address: call.address,
    user_agent: call.userAgent ?? "mlflow-python-client/3.3.0",
    bytes: call.bytes ?? 512,
    ...(call.body !== undefined && { request_body: call.body }),
  },
});

/** What MLflow's webhook says; it does not say who. */
export const mlflowHook = (
  atMs: number,
  entity: string,
  action: string,
  data: Readonly<Record<string, unknown>>,
): Signal => ({ source: "mlflow", atMs, record: { entity, action, timestamp: iso(atMs), data } });

export const hubDownload = (
  atMs: number,
  get: {
    readonly repo: string;
    readonly dataset?: boolean;
    readonly file: string;
    readonly revision?: string;
    readonly user: string;
    readonly address: string;
    readonly bytes: number;
    readonly userAgent?: string;
  },
): Signal => ({
  source: "hugging-face",
  atMs,
  record: {
    time: iso(atMs),
    method: "GET",
    path: `${get.dataset === true ? "/datasets" : ""}/${get.repo}/resolve/${get.revision ?? "main"}/${get.file}`,
    user: get.user,
    status: 200,
    bytes: get.bytes,
    address: get.address,
    user_agent: get.userAgent ?? "huggingface_hub/1.0.0; python/3.12",
  },
});

export const hubPush = (atMs: number, random: Random, repo: string, type: "model" | "dataset"): Signal => ({
  source: "hugging-face",
  atMs,
  record: {
    event: { action: "update", scope: "repo.content" },
    repo: {
      type,
      name: repo,
      id: `r-${repo}`,
      private: true,
      owner: { id: "628b753283ef59b5be89e937" },
      headSha: random.hex(40),
    },
    updatedRefs: [{ ref: "refs/heads/main", oldSha: random.hex(40), newSha: random.hex(40) }],
    webhook: { id: "6390e855e30d9209411de93b", version: 3 },
    createdAt: iso(atMs),
  },
});

export const hubAudit = (
  atMs: number,
  action: string,
  by: string,
  address: string,
  data: Readonly<Record<string, unknown>>,
): Signal => ({
  source: "hugging-face",
  atMs,
  record: { action, createdAt: iso(atMs), author: { type: "user", user: { name: by } }, data, ip: address },
});

export const prediction = (
  atMs: number,
  random: Random,
  one: {
    readonly model: string;
    readonly version: string;
    readonly endpoint: string;
    readonly user: string;
    readonly features: Readonly<Record<string, number | string>>;
    readonly label: string;
    readonly score: number;
    readonly latencyMs?: number;
  },
): Signal => ({
  source: "predictions",
  atMs,
  record: {
    type: "prediction",
    time: iso(atMs),
    id: random.uuid(),
    model: one.model,
    version: one.version,
    endpoint: one.endpoint,
    user: one.user,
    features: one.features,
    prediction: one.label,
    score: one.score,
    latency_ms: one.latencyMs ?? Math.round(random.skewed(14)),
  },
});

/** `fine_tuning`, `evaluation` or `deployment` of a model. */
export const modelStep = (atMs: number, type: string, fields: Readonly<Record<string, unknown>>): Signal => ({
  source: "predictions",
  atMs,
  record: { type, time: iso(atMs), ...fields },
});
