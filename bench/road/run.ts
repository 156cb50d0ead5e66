/**
 * What the road costs without sockets: scan, decode, inspect, decide, build the records. One exchange with a
 * shared system prompt, a new 2 KB prompt and a short answer. `npm run bench:road [exchanges] [on|off] [no-memory]`.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Configuration, DEFAULT_TENANT, type ExchangeId, type SpoolRecord } from "@parapet/model";
import { createInspector, DETECTORS } from "@parapet/server/detectors";
import {
  createContentHash,
  createExchange,
  createInspectionMemory,
  createMaskVault,
  createSessionRisk,
} from "@parapet/server/pipeline";
import { scanJson, systemClock, uuidv7 } from "@parapet/server/platform";
import { loadPolicies } from "@parapet/server/policy";
import { PROTOCOLS } from "@parapet/server/protocols";

const count = Number(process.argv[2] ?? 20_000);
const folder = join(import.meta.dirname, "..", "..", "policies");
const policies = loadPolicies(
  readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), "utf8") })),
);
if (!policies.ok) throw new Error("policies");
const endpoint = PROTOCOLS[0]?.endpoints.find(({ method }) => method === "POST");
if (endpoint === undefined) throw new Error("endpoint");

// Only the words between the brackets: those of the script itself read like an attack.
const words =
  readFileSync(join(import.meta.dirname, "..", "gateway", "prompts.lua"), "utf8")
    .split(/\[\[|\]\]/)[1]
    ?.match(/[a-z]{2,}/g) ?? [];
let seed = 1;
const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
const prompt = (): string => {
  let text = "";
  while (text.length < 2_000) text += `${words[Math.floor(random() * words.length)]} `;
  return text + Math.floor(random() * 1e6);
};
const bodies = Array.from({ length: 2_000 }, () =>
  Buffer.from(
    JSON.stringify({
      model: "bench",
      messages: [
        {
          role: "system",
          content:
            "You are a careful assistant of a manufacturing company. Answer briefly, cite the figures you were given.",
        },
        { role: "user", content: prompt() },
      ],
    }),
  ),
);
const answer = Buffer.from(
  JSON.stringify({
    id: "x",
    object: "chat.completion",
    created: 1,
    model: "bench",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "The measured answer, one sentence long." },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
);
const route = Configuration.parse({
  routes: [
    {
      id: "bench",
      path: "/v1",
      protocol: "openai",
      upstream: "http://127.0.0.1:1/v1",
      mode: "enforce",
      inspect: process.argv[3] !== "off",
    },
  ],
}).routes[0];
if (route === undefined) throw new Error("route");

const inspection = {
  inspector: createInspector(DETECTORS),
  memory: createInspectionMemory(0),
  hash: createContentHash(Buffer.alloc(32)),
};
const memory = createInspectionMemory(process.argv[4] === "no-memory" ? 0 : 64 << 20);
let written = 0;
const write = (record: SpoolRecord): void => {
  written += JSON.stringify(record).length;
};
const tools = {
  inspection: () => ({ ...inspection, memory }),
  policies: () => policies.set,
  recorder: { record: async (record: SpoolRecord) => write(record), note: write },
  sessions: createSessionRisk(),
  masks: createMaskVault(Buffer.alloc(32, 3), systemClock),
  clock: systemClock,
};

const pass = async (body: Buffer): Promise<void> => {
  const scan = scanJson(body, { depthMax: 64 });
  if (!scan.ok) throw new Error("scan");
  const decoded = endpoint.decodeRequest(scan.value);
  if (!decoded.ok) throw new Error("decode");
  const origin = {
    tenant: DEFAULT_TENANT,
    exchange: uuidv7<ExchangeId>(Date.now()),
    route: "bench",
    protocol: "openai",
    endpoint: endpoint.name,
    model: "bench",
    session: `fp-${written % 1_000}`,
    sessionSource: "fingerprint",
    principal: "anonymous",
    address: "127.0.0.1",
    node: "n",
    boot: "b",
    streamed: false,
  } as const;
  const exchange = createExchange(
    {
      origin,
      route,
      mode: "enforce",
      principal: { kind: "Anonymous", id: "anonymous" },
      startedMs: systemClock.monotonic(),
      requestBytes: body.length,
    },
    tools,
  );
  exchange.judgeRequest(decoded.value, {
    systemPrompts: [],
    canaries: [],
    registeredSecrets: [],
    allowedHosts: [],
    knownHosts: new Set(),
  });
  await exchange.recordOpened();
  const scanned = scanJson(answer, { depthMax: 64 });
  if (!scanned.ok) throw new Error("scan");
  const response = endpoint.decodeResponse(scanned.value, exchange.nextSegmentIndex());
  if (!response.ok) throw new Error("decode");
  await exchange.judgeResponse(response.value);
  await exchange.close({ state: "completed", status: 200, responseBytes: answer.length, waitedMs: 0 });
};

for (let index = 0; index < 5_000; index++) await pass(bodies[index % bodies.length] ?? answer);
const before = process.cpuUsage();
for (let index = 0; index < count; index++) await pass(bodies[index % bodies.length] ?? answer);
const { user, system } = process.cpuUsage(before);
console.log(
  `| whole road, ${route.inspect ? "full inspection" : "inspection off"} | ${((user + system) / count).toFixed(1)} µs CPU per exchange | ${Math.round(written / (count + 5_000))} bytes recorded |`,
);
