import {
  AuditRecord,
  ClosedRecord,
  DEFAULT_TENANT,
  maxSeverity,
  OpenedRecord,
  type Action,
  type Category,
  type ExchangeState,
  type RecordedMatch,
  type Severity,
} from "@parapet/model";
import type { Random } from "../company/random.ts";
import { iso, type GatewaySignal } from "./signal.ts";

/** What was found in an exchange. */
export interface Found {
  readonly category: Category;
  readonly type: string;
  readonly confidence: number;
  readonly severity: Severity;
  readonly provenance?: RecordedMatch["provenance"];
  readonly direction?: RecordedMatch["direction"];
  /** What an enforcing route does about it; left out: nothing. */
  readonly action?: Action;
}

export interface Call {
  readonly principal: string;
  readonly agent?: string;
  readonly key?: string;
  readonly user?: string;
  readonly route?: string;
  readonly model: string;
  readonly address: string;
  readonly session?: string;
  readonly trace?: string;
  readonly prompt: string;
  readonly answer?: string;
  readonly found?: readonly Found[];
  readonly tools?: readonly string[];
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly latencyMs?: number;
  readonly state?: ExchangeState;
  readonly status?: number;
  readonly finish?: string;
  readonly enforced?: boolean;
  readonly endpoint?: string;
}

/** UUIDv7 of that moment. */
export const exchangeIdOf = (atMs: number, random: Random): string => {
  const time = Math.floor(atMs).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
};

const ALLOW = { action: "allow", would: "allow", policies: [], policyVersion: "v1" } as const;
const EMPTY = { detectors: [], segments: [], reasons: [], parts: [] };

const verdictOf = (found: readonly Found[], enforced: boolean) => {
  const strongest = found.find(({ action }) => action !== undefined);
  if (strongest?.action === undefined) return ALLOW;
  const id = `${strongest.category.replaceAll("_", "-")}-${strongest.action}`;
  return {
    action: enforced ? strongest.action : ("observe" as const),
    would: strongest.action,
    policy: id,
    policies: [{ id, action: strongest.action, severity: strongest.severity, message: "Found by a detector." }],
    policyVersion: "v1",
  };
};

/** The records that a gateway writes of one exchange: what was asked, and how it ended. */
export const exchange = (
  atMs: number,
  random: Random,
  call: Call,
  id = exchangeIdOf(atMs, random),
): GatewaySignal[] => {
  const { found = [], enforced = true, tools = [] } = call;
  const matches = found.map((one) => ({
    detector: one.category.replaceAll("_", "-"),
    category: one.category,
    type: one.type,
    confidence: one.confidence,
    severity: one.severity,
    segment: one.direction === "response" ? 1 : 0,
    start: 0,
    end: Math.min(12, call.prompt.length),
    reason: "Planted by the benchmark.",
    view: "original" as const,
    provenance: one.provenance ?? (one.direction === "response" ? ("model" as const) : ("user" as const)),
    direction: one.direction ?? ("request" as const),
  }));
  const verdict = verdictOf(found, enforced);
  const isBlocked = verdict.action === "block" || verdict.action === "hold";
  const latencyMs = call.latencyMs ?? Math.round(random.skewed(900, 0.4));
  const inputTokens = Math.round(call.inputTokens ?? random.skewed(600, 0.5));
  const outputTokens = isBlocked ? 0 : Math.round(call.outputTokens ?? random.skewed(160, 0.6));
  const base = (offsetMs: number) => ({
    schemaVersion: 1,
    id: exchangeIdOf(atMs + offsetMs, random),
    time: iso(atMs + offsetMs),
    origin: {
      tenant: DEFAULT_TENANT,
      exchange: id,
      route: call.route ?? "assistant",
      protocol: "openai",
      endpoint: call.endpoint ?? "POST /chat/completions",
      model: call.model,
      session: call.session ?? `s-${id.slice(-12)}`,
      sessionSource: "header",
      principal: call.principal,
      ...(call.key !== undefined && { key: call.key }),
      ...(call.agent !== undefined && { agent: call.agent }),
      ...(call.user !== undefined && { user: call.user }),
      ...(call.trace !== undefined && { trace: call.trace }),
      address: call.address,
      node: "gateway-1",
      boot: "boot-1",
      streamed: false,
    },
    receipt: EMPTY,
  });
  const segment = (index: number, text: string) => ({
    index,
    direction: index === 0 ? "request" : "response",
    pointer: index === 0 ? "/messages/0/content" : "/choices/0/message/content",
    role: index === 0 ? "user" : "assistant",
    provenance: index === 0 ? "user" : "model",
    digest: random.hex(32),
    length: text.length,
    text,
  });
  const opened = OpenedRecord.parse({
    kind: "opened",
    ...base(0),
    segments: [segment(0, call.prompt)],
    matches: matches.filter(({ direction }) => direction === "request"),
    verdict,
  });
  const closed = ClosedRecord.parse({
    kind: "closed",
    ...base(latencyMs),
    segments: isBlocked ? [] : [segment(1, call.answer ?? "Here is what you asked for.")],
    matches,
    verdict,
    state: call.state ?? (isBlocked ? "blocked" : "completed"),
    status: call.status ?? (isBlocked ? 403 : 200),
    toolCalls: tools.map((name, at) => ({ id: `c${String(at)}`, name, segment: 1 })),
    usage: { inputTokens, outputTokens },
    finishReason: call.finish ?? (tools.length > 0 ? "tool_calls" : "stop"),
    latencyMs,
    addedMs: 2 + random.whole(3),
    requestBytes: call.prompt.length + 400,
    responseBytes: outputTokens * 5,
    requestVerdict: verdict,
    severity: found.reduce<Severity>((worst, one) => maxSeverity(worst, one.severity), "informational"),
    unscannable: 0,
    bypassed: 0,
  });
  return [
    { source: "gateway", atMs, record: opened },
    { source: "gateway", atMs: atMs + latencyMs, record: closed },
  ];
};

/** Something that Parapet itself noted: a key made, a policy reloaded, an approval. */
export const audit = (
  atMs: number,
  random: Random,
  one: Pick<AuditRecord, "type" | "actor" | "target"> & Partial<Pick<AuditRecord, "address" | "outcome" | "detail">>,
): GatewaySignal => ({
  source: "gateway",
  atMs,
  record: AuditRecord.parse({
    kind: "audit",
    schemaVersion: 1,
    id: exchangeIdOf(atMs, random),
    time: iso(atMs),
    tenant: DEFAULT_TENANT,
    outcome: "success",
    detail: {},
    ...one,
  }),
});
