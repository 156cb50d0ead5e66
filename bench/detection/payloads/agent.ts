import { podOf, type Agent } from "../company/company.ts";
import type { Random } from "../company/random.ts";
import type { Signal } from "./signal.ts";

type Value = string | number | readonly string[];

const valueOf = (value: Value): unknown =>
  typeof value === "string"
    ? { stringValue: value }
    : typeof value === "number"
      ? Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
      : { arrayValue: { values: value.map((one) => ({ stringValue: one })) } };

const attributesOf = (values: Readonly<Record<string, Value | undefined>>): unknown[] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: valueOf(value) }]));

const nanos = (ms: number): string => `${String(Math.round(ms))}000000`;

/** One run of an agent: its spans share a trace, and its conversation. */
export interface Run {
  readonly trace: string;
  readonly session: string;
  readonly user?: string;
  readonly exchange?: string;
}

/** A span of an agent's process, in its resource, as OTLP/JSON has it. */
export const span = (
  atMs: number,
  random: Random,
  agent: Agent,
  run: Run,
  one: {
    readonly name: string;
    readonly durationMs: number;
    readonly error?: string;
    readonly attributes: Readonly<Record<string, Value | undefined>>;
  },
): Signal => ({
  source: "otlp",
  atMs,
  record: {
    resource: {
      attributes: attributesOf({
        "service.name": `${agent.name}-agent`,
        "service.namespace": "agents",
        "k8s.namespace.name": "agents",
        "k8s.pod.name": podOf(agent, atMs),
        "k8s.deployment.name": agent.name,
        "k8s.container.name": "app",
      }),
    },
    scopeSpans: [
      {
        scope: { name: "agents", version: "1" },
        spans: [
          {
            traceId: run.trace,
            spanId: random.hex(16),
            name: one.name,
            kind: 3,
            startTimeUnixNano: nanos(atMs),
            endTimeUnixNano: nanos(atMs + one.durationMs),
            attributes: attributesOf({
              "gen_ai.agent.name": agent.name,
              "gen_ai.conversation.id": run.session,
              "user.id": run.user,
              "error.type": one.error,
              ...one.attributes,
            }),
            status: one.error === undefined ? {} : { code: 2, message: one.error },
          },
        ],
      },
    ],
  },
});

export const chatSpan = (
  atMs: number,
  random: Random,
  agent: Agent,
  run: Run,
  call: {
    readonly model?: string;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly durationMs?: number;
    readonly host?: string;
    readonly finish?: string;
    readonly error?: string;
    readonly prompt?: string;
    readonly fingerprint?: string;
  },
): Signal => {
  const model = call.model ?? agent.model;
  return span(atMs, random, agent, run, {
    name: `chat ${model}`,
    durationMs: call.durationMs ?? random.skewed(300 + call.outputTokens * 8, 0.3),
    ...(call.error !== undefined && { error: call.error }),
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": model.startsWith("claude") ? "anthropic" : "openai",
      "gen_ai.request.model": model,
      "gen_ai.response.model": model,
      "gen_ai.usage.input_tokens": Math.round(call.inputTokens),
      "gen_ai.usage.output_tokens": Math.round(call.outputTokens),
      "gen_ai.response.finish_reasons": [call.finish ?? "stop"],
      "gen_ai.openai.response.system_fingerprint": call.fingerprint,
      "server.address": call.host ?? "parapet.internal.example.com",
      "gen_ai.input.messages":
        call.prompt === undefined
          ? undefined
          : JSON.stringify([{ role: "user", parts: [{ type: "text", content: call.prompt }] }]),
      ...(run.exchange !== undefined && { "http.response.header.x-parapet-exchange": [run.exchange] }),
    },
  });
};

export const toolSpan = (
  atMs: number,
  random: Random,
  agent: Agent,
  run: Run,
  call: {
    readonly tool: string;
    readonly error?: string;
    readonly arguments?: string;
    readonly server?: string;
    readonly host?: string;
  },
): Signal =>
  span(atMs, random, agent, run, {
    name: `execute_tool ${call.tool}`,
    durationMs: random.skewed(120),
    ...(call.error !== undefined && { error: call.error }),
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": call.tool,
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.arguments": call.arguments,
      "server.address": call.host ?? call.server,
      ...(call.server !== undefined && { "mcp.method.name": "tools/call" }),
    },
  });

export const retrievalSpan = (
  atMs: number,
  random: Random,
  agent: Agent,
  run: Run,
  look: { readonly query: string; readonly documents: readonly string[]; readonly topK?: number },
): Signal =>
  span(atMs, random, agent, run, {
    name: `retrieval ${agent.collection}`,
    durationMs: random.skewed(40),
    attributes: {
      "gen_ai.operation.name": "retrieval",
      "gen_ai.data_source.id": agent.collection,
      "gen_ai.retrieval.query.text": look.query,
      "gen_ai.request.top_k": look.topK ?? look.documents.length,
      "gen_ai.retrieval.documents": JSON.stringify(look.documents.map((id) => ({ id, score: 0.8 }))),
    },
  });
