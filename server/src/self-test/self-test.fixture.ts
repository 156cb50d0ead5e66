import { DEFAULT_TENANT, ClosedRecord, SelfTestRun, type Category, type SelfTestFigures } from "@parapet/model";
import type { Row } from "./corpus.ts";
import type { Sent } from "./run-lane.ts";

export const row = (id: string, change: Partial<Row> = {}): Row => ({
  id,
  label: "attack",
  categories: ["secret"],
  kind: "key",
  channel: "user",
  lang: "en",
  text: `text of ${id}`,
  ...change,
});

export const figures = (name: string, change: Partial<SelfTestFigures> = {}): SelfTestFigures => {
  const { attacks = 20, found = 20, benign = 20, wrong = 0, ...rest } = change;
  return {
    name,
    on: true,
    attacks,
    found,
    recall: attacks === 0 ? null : found / attacks,
    benign,
    wrong,
    falsePositives: benign === 0 ? null : wrong / benign,
    missed: [],
    flagged: [],
    ...rest,
  };
};

export const lane = (detectors: readonly SelfTestFigures[], change: Partial<SelfTestRun["lanes"][number]> = {}) => ({
  lane: "assistant",
  routes: ["assistant"],
  rows: 40,
  acted: 20,
  addedMs: { p50: 1, p99: 2 },
  detectors: [...detectors],
  categories: [],
  ...change,
});

export const run = (change: Partial<SelfTestRun> = {}): SelfTestRun =>
  SelfTestRun.parse({
    id: "01990000-0000-7000-8000-000000000001",
    startedAt: "2026-01-02T00:00:00.000Z",
    finishedAt: "2026-01-02T00:01:00.000Z",
    actor: "schedule",
    result: "passed",
    corpus: { digest: "rows", attacks: 20, benign: 20 },
    versions: { product: "1", policies: "p", detectors: { secrets: "1" } },
    lanes: [lane([figures("secrets")])],
    problems: [],
    rows: [],
    ...change,
  });

const ID = "01990000-0000-7000-8000-0000000000aa";
const ALLOWED = { action: "allow", would: "allow", policies: [], policyVersion: "p" };

/** What a gateway answers and records for a request in which these categories were found. */
export const sent = (found: readonly Category[], change: Record<string, unknown> = {}, text = "{}"): Sent => {
  const record = ClosedRecord.parse({
    kind: "closed",
    schemaVersion: 1,
    id: ID,
    time: "2026-01-02T00:00:30.000Z",
    origin: {
      tenant: DEFAULT_TENANT,
      exchange: ID,
      route: "assistant",
      protocol: "openai",
      endpoint: "POST /chat/completions",
      model: "parapet-self-test",
      session: "",
      sessionSource: "none",
      principal: "key:self-test",
      address: "127.0.0.1",
      node: "n",
      boot: "b",
      streamed: false,
      lane: "self-test",
    },
    segments: [],
    matches: found.map((category) => ({
      detector: category === "secret" ? "secrets" : "other",
      category,
      type: "t",
      confidence: 0.9,
      severity: "high",
      segment: 0,
      start: 0,
      end: 1,
      reason: "r",
      provenance: "user",
      direction: "request",
    })),
    receipt: { detectors: ["secrets@1", "other@1"], segments: [[0, "ii"]], reasons: [], parts: [] },
    verdict: ALLOWED,
    state: "completed",
    status: 200,
    toolCalls: [],
    latencyMs: 2,
    addedMs: 1,
    requestBytes: 1,
    responseBytes: 1,
    requestVerdict: ALLOWED,
    severity: "low",
    unscannable: 0,
    bypassed: 0,
    ...change,
  });
  return { status: 200, exchange: ID, text, records: [record] };
};
