import { HOUR_MS, MINUTE_MS } from "../company/company.ts";
import { question } from "../company/words.ts";
import { agentCaller, newRun } from "../ordinary/agents.ts";
import { gatewayOf } from "../ordinary/office.ts";
import { chatSpan, retrievalSpan, toolSpan } from "../payloads/agent.ts";
import { exchange, type Call, type Found } from "../payloads/gateway.ts";
import type { Signal } from "../payloads/signal.ts";
import { times, type Cast, type Played } from "./scenario.ts";

export const played = (...signals: readonly (Signal | readonly Signal[])[]): Played => ({ signals: signals.flat() });

export const JAILBREAK: Found = {
  category: "jailbreak",
  type: "role-play",
  confidence: 0.88,
  severity: "high",
  action: "block",
};
export const INJECTION: Found = {
  category: "prompt_injection",
  type: "instruction",
  confidence: 0.9,
  severity: "high",
  action: "block",
};

/** Exchanges of the cast's person, one after the other. */
export const asks = (
  { atMs, person, random }: Cast,
  count: number,
  everyMs: number,
  call: (at: number) => Partial<Call>,
): Signal[] =>
  times(count, everyMs, (offsetMs, at) =>
    exchange(atMs + offsetMs, random, {
      ...gatewayOf(person),
      key: "key-chat",
      model: "gpt-4o",
      prompt: question(random),
      session: `chat-${person.name}`,
      ...call(at),
    }),
  );

/** Exchanges of the cast's agent. */
export const agentAsks = (
  { atMs, agent, random }: Cast,
  count: number,
  everyMs: number,
  call: (at: number) => Partial<Call>,
): Signal[] =>
  times(count, everyMs, (offsetMs, at) =>
    exchange(atMs + offsetMs, random, {
      ...agentCaller(agent),
      route: "agents",
      model: agent.model,
      prompt: question(random),
      session: `run-${agent.name}`,
      ...call(at),
    }),
  );

/** The agent's tools, each in a run of its own. */
export const toolCalls = (
  { atMs, agent, random }: Cast,
  everyMs: number,
  tools: readonly string[],
  more: { readonly error?: string; readonly server?: string; readonly host?: string; readonly arguments?: string } = {},
): Signal[] =>
  times(tools.length, everyMs, (offsetMs, at) => {
    const run = newRun(atMs + offsetMs, random);
    const tool = tools[at] ?? "";
    return [
      ...exchange(
        atMs + offsetMs,
        random,
        {
          ...agentCaller(agent),
          route: "agents",
          model: agent.model,
          prompt: question(random),
          session: run.session,
          trace: run.trace,
          tools: [tool],
        },
        run.exchange,
      ),
      toolSpan(atMs + offsetMs + 2_000, random, agent, run, { tool, ...more }),
    ];
  });

/** Retrievals of one conversation, `fresh` documents in each that none before had. */
export const walk = ({ atMs, agent, random }: Cast, count: number, everyMs: number, fresh: number): Signal[] => {
  const run = newRun(atMs, random);
  return times(count, everyMs, (offsetMs, at) => [
    retrievalSpan(atMs + offsetMs, random, agent, run, {
      query: `next part ${String(at)}`,
      documents: Array.from({ length: fresh }, (_, one) => `doc-${String(1_000 + at * fresh + one)}`),
      topK: fresh,
    }),
    chatSpan(atMs + offsetMs + 100, random, agent, run, { inputTokens: 3_000, outputTokens: 60 }),
  ]);
};

/** An exchange of the agent, and what happens on its workload in the seconds after. */
export const afterExchange = (
  cast: Cast,
  found: readonly Found[],
  then: (atMs: number) => readonly Signal[],
): Signal[] => {
  const run = newRun(cast.atMs, cast.random);
  return [
    ...exchange(
      cast.atMs,
      cast.random,
      {
        ...agentCaller(cast.agent),
        route: "agents",
        model: cast.agent.model,
        prompt: question(cast.random),
        session: run.session,
        trace: run.trace,
        found,
        enforced: false,
        tools: ["run_report"],
      },
      run.exchange,
    ),
    toolSpan(cast.atMs + 1_500, cast.random, cast.agent, run, { tool: "run_report" }),
    ...then(cast.atMs + 4_000),
  ];
};

export const byPerson = ({ person }: Cast): string[] => [`user:${person.mail}`, person.mail, person.address];
export const byAgent = ({ agent }: Cast): string[] => [
  `agent:${agent.name}`,
  agent.name,
  `agents/${agent.name}`,
  agent.address,
];
export const byStranger = (cast: Cast): string[] => [cast.stranger, ...byPerson(cast)];

export const serviceOf = ({ agent }: Cast): string => `system:serviceaccount:agents:${agent.name}`;
export const roleOf = ({ agent }: Cast): string => `agent-${agent.name}`;
export { HOUR_MS, MINUTE_MS, times };
