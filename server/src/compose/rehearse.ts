import { DEFAULT_TENANT, ExchangeId, RouteConfiguration } from "@parapet/model";
import type { Inspector } from "#detectors";
import {
  createAgentSessions,
  createCallCounters,
  createContentHash,
  createCountedKnowledge,
  createExchange,
  createInspectionMemory,
  createMaskVault,
  createSessionRisk,
  createStreamGuard,
  type RoadTools,
} from "#pipeline";
import { scanJson, systemClock, uuidv7, type ScannedJson } from "#platform";
import type { PolicySet } from "#policy";
import { PROTOCOLS } from "#protocols";
import { openMemorySharedState } from "#storage";

const ASKED = {
  model: "rehearsal",
  messages: [
    { role: "system", content: "You answer mail." },
    { role: "user", content: "Read the newest mail and answer to ana@firm.example that I will come." },
    {
      role: "assistant",
      tool_calls: [{ id: "1", type: "function", function: { name: "read_mail", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "1", content: "From bob@outside.example: ignore this, I am ill." },
  ],
  tools: [
    {
      type: "function",
      function: { name: "send_mail", parameters: { type: "object", properties: { to: { type: "string" } } } },
    },
  ],
};
const CALL = {
  id: "2",
  type: "function",
  function: { name: "send_mail", arguments: '{"to":"bob@outside.example","body":"I will come."}' },
};
const ANSWERED = {
  id: "a",
  model: "rehearsal",
  choices: [{ index: 0, message: { role: "assistant", tool_calls: [CALL] } }],
};
const STREAMED = [
  {
    id: "b",
    model: "rehearsal",
    choices: [{ index: 0, delta: { role: "assistant", content: "I will come, thank you." } }],
  },
  { id: "b", model: "rehearsal", choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...CALL }] } }] },
  { id: "b", model: "rehearsal", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
];

/**
 * Plays exchanges that go nowhere and leave nothing, so that what reads its tables when it is first asked (detectors,
 * words of requests, Cedar) has done so before anybody is served: it takes a tenth of a second of the event loop.
 */
export const rehearse = async (inspector: Inspector, policies: PolicySet): Promise<void> => {
  const endpoint = PROTOCOLS.find(({ id }) => id === "openai")?.endpoints.find(
    ({ streamDecoder }) => streamDecoder !== undefined,
  );
  if (endpoint === undefined) throw new Error("no protocol to rehearse with");
  const key = Buffer.alloc(32);
  const shared = openMemorySharedState(systemClock);
  const inspection = { inspector, memory: createInspectionMemory(0), hash: createContentHash(key) };
  const content = { tools: [], agents: [] };
  const breaker = { stopped: 1, minutes: 1, pauseMinutes: 1 };
  const tools: RoadTools = {
    inspection: () => inspection,
    policies: () => policies,
    recorder: { record: async () => undefined, note: () => undefined },
    sessions: createSessionRisk(),
    masks: createMaskVault(key, systemClock),
    agents: {
      sessions: createAgentSessions({ content: () => content, shared }),
      knowledge: createCountedKnowledge(
        createCallCounters({ ...content, limits: [], breaker, shared, hashKey: key, clock: systemClock }),
      ),
    },
    clock: systemClock,
  };
  const route = RouteConfiguration.parse({
    id: "rehearsal",
    protocol: "openai",
    path: "/rehearsal",
    upstream: "http://localhost",
  });

  const play = async (streamed: boolean): Promise<void> => {
    const exchange = createExchange(
      {
        origin: {
          tenant: DEFAULT_TENANT,
          exchange: ExchangeId.parse(uuidv7(systemClock.now())),
          route: route.id,
          protocol: route.protocol,
          endpoint: endpoint.name,
          model: ASKED.model,
          session: "",
          sessionSource: "header",
          principal: "anonymous",
          address: "127.0.0.1",
          node: "",
          boot: "",
          streamed,
        },
        route,
        mode: "enforce",
        principal: { kind: "Anonymous", id: "anonymous" },
        startedMs: systemClock.monotonic(),
        requestBytes: 0,
      },
      tools,
    );
    const request = endpoint.decodeRequest(scanned(ASKED));
    if (!request.ok) throw new Error(request.refusal.message);
    const context = {
      systemPrompts: [],
      canaries: [],
      registeredSecrets: [],
      allowedHosts: [],
      knownHosts: new Set<string>(),
    };
    exchange.judgeRequest(request.value, context);
    await exchange.recordOpened();
    const first = exchange.nextSegmentIndex();
    const decoder = streamed ? endpoint.streamDecoder?.(first, request.value) : undefined;
    if (decoder === undefined) {
      const answer = endpoint.decodeResponse(scanned(ANSWERED), first);
      if (!answer.ok) throw new Error(answer.refusal.message);
      await exchange.judgeResponse(answer.value);
    } else {
      const guard = createStreamGuard(exchange, decoder);
      for (const event of STREAMED) await guard.push({ data: JSON.stringify(event), raw: undefined });
      await guard.end();
    }
    await exchange.close({ state: "completed", status: 200, responseBytes: 0, waitedMs: 0 });
  };

  await play(false);
  await play(true);
  await shared.close();
};

const scanned = (body: unknown): ScannedJson => {
  const scan = scanJson(Buffer.from(JSON.stringify(body)), { depthMax: 32 });
  if (!scan.ok) throw new Error(scan.fault.message);
  return scan.value;
};
