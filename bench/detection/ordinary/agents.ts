import { DAY_MS, HOUR_MS, OFFICES, START_MS, workload, type Agent, type Company } from "../company/company.ts";
import { randomOf, type Random } from "../company/random.ts";
import { answer, question } from "../company/words.ts";
import { chatSpan, retrievalSpan, toolSpan, type Run } from "../payloads/agent.ts";
import { cloudTrail, bedrockInvocation } from "../payloads/cloud.ts";
import { tetragonConnect } from "../payloads/cluster.ts";
import { exchange, exchangeIdOf } from "../payloads/gateway.ts";
import type { Signal } from "../payloads/signal.ts";
import { postgres, qdrant } from "../payloads/stores.ts";

const PROVIDERS = ["162.159.140.245", "160.79.104.10"];

export const agentCaller = (agent: Agent) => ({
  principal: `agent:${agent.name}`,
  agent: agent.name,
  key: `key-${agent.name}`,
  address: agent.address,
});

export const newRun = (atMs: number, random: Random, user?: string): Run => ({
  trace: random.hex(32),
  session: `run-${random.hex(10)}`,
  exchange: exchangeIdOf(atMs, random),
  ...(user !== undefined && { user }),
});

/** The usual run of an agent: look something up, ask the model, call a tool, answer. */
export const agentRun = (
  atMs: number,
  random: Random,
  agent: Agent,
  run: Run = newRun(atMs, random),
  extra: { readonly tools?: readonly string[]; readonly documents?: readonly string[]; readonly prompt?: string } = {},
): Signal[] => {
  const signals: Signal[] = [];
  const prompt = extra.prompt ?? question(random);
  const tools = extra.tools ?? (random.chance(0.7) ? [random.pick(agent.tools)] : []);
  const inputTokens = random.skewed(1_100, 0.4);
  const outputTokens = random.skewed(140, 0.5);
  const documents =
    extra.documents ??
    Array.from({ length: 3 + random.whole(3) }, () => `doc-${String(Math.floor(400 * random.next() ** 2))}`);
  if (random.chance(0.6) || extra.documents !== undefined) {
    signals.push(retrievalSpan(atMs, random, agent, run, { query: prompt.slice(0, 60), documents }));
    if (agent.database)
      signals.push(
        postgres(atMs + 4, random, {
          user: `rag_${agent.name}`,
          address: agent.address,
          class: "READ",
          command: "SELECT",
          object: "public.chunks",
          text: "SELECT id, content FROM chunks ORDER BY embedding <=> $1 LIMIT 5",
          rows: 5,
        }),
      );
    else
      signals.push(
        qdrant(atMs + 4, {
          path: `/collections/${agent.collection}/points/query`,
          address: agent.address,
          bytes: random.skewed(9_000, 0.3),
        }),
      );
  }
  const latencyMs = Math.round(random.skewed(300 + outputTokens * 8, 0.25));
  signals.push(
    ...exchange(
      atMs + 60,
      random,
      {
        ...agentCaller(agent),
        route: "agents",
        model: agent.model,
        session: run.session,
        trace: run.trace,
        prompt,
        answer: answer(random),
        tools,
        inputTokens,
        outputTokens,
        latencyMs,
        ...(random.chance(0.004) && { state: "upstream_error" as const, status: 502 }),
      },
      run.exchange,
    ),
    chatSpan(atMs + 60, random, agent, run, { inputTokens, outputTokens, durationMs: latencyMs }),
  );
  for (const [at, tool] of tools.entries())
    signals.push(
      toolSpan(atMs + 70 + latencyMs + at * 200, random, agent, run, {
        tool,
        ...(random.chance(0.02) && { error: "timeout" }),
      }),
    );
  if (random.chance(0.05))
    signals.push(
      tetragonConnect(atMs + 61, random, agent, {
        binary: "/usr/local/bin/python",
        arguments: "app.py",
        address: random.pick(PROVIDERS),
      }),
    );
  return signals;
};

/** The planner runs on Bedrock with a role of its own. */
const bedrockCall = (atMs: number, random: Random): Signal[] => {
  const by = { role: "agent-planner", session: "i-0abc" };
  const model = "anthropic.claude-sonnet-4-20250514-v1:0";
  return [
    cloudTrail(atMs, random, { by, call: "bedrock:Converse", address: "10.60.3.17", parameters: { modelId: model } }),
    bedrockInvocation(atMs, random, {
      by,
      model,
      inputTokens: Math.round(random.skewed(700)),
      outputTokens: Math.round(random.skewed(120)),
    }),
  ];
};

/** Everything that agents do in a day: more of it while people are at work, some of it always. */
export const agentsDay = (company: Company, day: number): Signal[] => {
  const signals: Signal[] = [];
  for (const agent of company.agents) {
    const random = randomOf(`${company.seed} agent ${agent.name} ${String(day)}`);
    for (let hour = 0; hour < 24; hour += 1) {
      const hourMs = START_MS + day * DAY_MS + hour * HOUR_MS;
      const busy = OFFICES.reduce((sum, office) => sum + workload(office, hourMs), 0) / OFFICES.length;
      const runs = random.count(agent.perHour * (0.15 + 2.2 * busy));
      for (let one = 0; one < runs; one += 1) {
        const atMs = hourMs + random.next() * HOUR_MS;
        signals.push(...agentRun(atMs, random, agent));
        if (agent.name === "planner" && random.chance(0.5)) signals.push(...bedrockCall(atMs, random));
      }
    }
  }
  return signals;
};
