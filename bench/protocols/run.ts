/**
 * What each protocol's road costs per KB, against Chat Completions in the same run:
 * `npm run bench:protocols [runs] [request|answer|stream]`.
 * Decoding, inspecting, deciding and putting together records, without sockets and disk. A conversation's texts are
 * remembered, as they are from its second turn on; answers are new every time.
 */
import { DEFAULT_TENANT, ExchangeId, RouteConfiguration } from "@parapet/model";
import { createInspector, DETECTORS } from "@parapet/server/detectors";
import {
  createContentHash,
  createExchange,
  createInspectionMemory,
  createMaskVault,
  createSessionRisk,
  createStreamGuard,
  type Exchange,
} from "@parapet/server/pipeline";
import { scanForm, scanJson, systemClock } from "@parapet/server/platform";
import { loadPolicies } from "@parapet/server/policy";
import { NO_REQUEST, PROTOCOLS, type Endpoint } from "@parapet/server/protocols";

const RUNS = Number(process.argv[2] ?? 300);
const ONLY = process.argv[3];
const NO_CONTEXT = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set<string>(),
};
const SENTENCE =
  "the shop opens at nine and closes at six and on Saturdays the garden tools are half price until noon ";

let serial = 0;
const text = (units: number): string => {
  serial += 1;
  return `${serial} ${SENTENCE.repeat(Math.ceil(units / SENTENCE.length))}`.slice(0, units);
};
const turns = Array.from({ length: 40 }, (_, at) => ({
  role: at % 2 === 0 ? "user" : "assistant",
  content: text(500),
}));
const parts = (type: (role: string) => string) =>
  turns.map(({ role, content }) => ({ role, content: [{ type: type(role), text: content }] }));
const pieces = (whole: string): string[] => whole.match(/.{1,8}/gs) ?? [];

interface Case {
  readonly name: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** JSON, or the bytes of a form. */
  readonly request: unknown;
  /** Absent: the endpoint answers with other things than words. */
  readonly answer?: (said: string) => unknown;
  readonly stream?: (said: string) => readonly string[];
}

const form = (...parts: readonly string[]): Buffer =>
  Buffer.from(`${parts.map((part) => `--bench\r\nContent-Disposition: form-data; ${part}\r\n`).join("")}--bench--\r\n`);

const chunk = (delta: object, finish_reason: string | null = null): string =>
  JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason }],
  });
const item = (said: string) => ({
  id: "m",
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: said, annotations: [] }],
});
const responses = (said: string): readonly object[] => {
  const at = { output_index: 0, content_index: 0 };
  return [
    { type: "response.output_item.added", output_index: 0, item: { ...item(""), content: [] } },
    ...pieces(said).map((delta) => ({ type: "response.output_text.delta", item_id: "m", ...at, delta })),
    { type: "response.output_text.done", item_id: "m", ...at, text: said },
    { type: "response.content_part.done", item_id: "m", ...at, part: item(said).content[0] },
    { type: "response.output_item.done", output_index: 0, item: item(said) },
    {
      type: "response.completed",
      response: { id: "r", object: "response", status: "completed", output: [item(said)] },
    },
  ];
};

const generated = (said: string, finishReason?: string): object => ({
  candidates: [{ content: { parts: [{ text: said }], role: "model" }, finishReason, index: 0 }],
  modelVersion: "m",
});

const CASES: readonly Case[] = [
  {
    name: "Chat Completions",
    protocol: "openai",
    endpoint: "POST /chat/completions",
    request: { model: "m", messages: [{ role: "system", content: text(500) }, ...parts(() => "text")] },
    answer: (said) => ({
      id: "c",
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }],
    }),
    stream: (said) => [
      chunk({ role: "assistant", content: "" }),
      ...pieces(said).map((content) => chunk({ content })),
      chunk({}, "stop"),
      "[DONE]",
    ],
  },
  {
    name: "Responses",
    protocol: "openai",
    endpoint: "POST /responses",
    request: {
      model: "m",
      instructions: text(500),
      input: parts((role) => (role === "user" ? "input_text" : "output_text")),
    },
    answer: (said) => ({ id: "r", object: "response", status: "completed", model: "m", output: [item(said)] }),
    stream: (said) => responses(said).map((event) => JSON.stringify(event)),
  },
  {
    name: "Anthropic Messages",
    protocol: "anthropic",
    endpoint: "POST /v1/messages",
    request: { model: "m", max_tokens: 9, system: text(500), messages: parts(() => "text") },
    answer: (said) => ({
      id: "m",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: said }],
      stop_reason: "end_turn",
    }),
    stream: (said) =>
      [
        { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], model: "m" } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        ...pieces(said).map((piece) => ({
          type: "content_block_delta",
          index: 0,
          delta: { type: "text_delta", text: piece },
        })),
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn" } },
        { type: "message_stop" },
      ].map((event) => JSON.stringify(event)),
  },
  {
    name: "Bedrock Converse",
    protocol: "bedrock",
    endpoint: "POST /model/{model}/converse-stream",
    request: {
      system: [{ text: text(500) }],
      messages: turns.map(({ role, content }) => ({ role, content: [{ text: content }] })),
    },
    answer: (said) => ({
      output: { message: { role: "assistant", content: [{ text: said }] } },
      stopReason: "end_turn",
    }),
    stream: (said) =>
      [
        { messageStart: { role: "assistant" } },
        ...pieces(said).map((piece) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text: piece } } })),
        { contentBlockStop: { contentBlockIndex: 0 } },
        { messageStop: { stopReason: "end_turn" } },
      ].map((event) => JSON.stringify(event)),
  },
  {
    name: "Gemini",
    protocol: "gemini",
    endpoint: "POST /{version}/models/{model}:streamGenerateContent",
    request: {
      systemInstruction: { parts: [{ text: text(500) }] },
      contents: turns.map(({ role, content }) => ({
        role: role === "user" ? role : "model",
        parts: [{ text: content }],
      })),
    },
    answer: (said) => generated(said, "STOP"),
    stream: (said) =>
      [...pieces(said).map((piece) => generated(piece)), generated("", "STOP")].map((event) => JSON.stringify(event)),
  },
  {
    name: "OpenAI files, a batch of chats",
    protocol: "openai",
    endpoint: "POST /files",
    request: form(
      'name="purpose"\r\n\r\nbatch',
      `name="file"; filename="a.jsonl"\r\n\r\n${Array.from({ length: 20 }, (_, at) =>
        JSON.stringify({
          custom_id: `${at}`,
          method: "POST",
          url: "/v1/chat/completions",
          body: { model: "m", messages: turns.slice(at * 2, at * 2 + 2) },
        }),
      ).join("\n")}`,
    ),
  },
  {
    name: "OpenAI audio, a transcript",
    protocol: "openai",
    endpoint: "POST /audio/transcriptions",
    request: form(`name="file"; filename="a.wav"\r\n\r\nx`, `name="prompt"\r\n\r\n${text(20_000)}`),
    answer: (said) => ({ text: said }),
    stream: (said) =>
      [
        ...pieces(said).map((delta) => ({ type: "transcript.text.delta", delta })),
        { type: "transcript.text.done", text: said },
      ].map((event) => JSON.stringify(event)),
  },
  {
    name: "Open Inference, words in tensors",
    protocol: "inference-v2",
    endpoint: "POST /v2/models/{model}/infer",
    request: {
      inputs: [{ name: "text", shape: [40], datatype: "BYTES", data: turns.map(({ content }) => content) }],
    },
    answer: (said) => ({
      model_name: "m",
      outputs: [{ name: "text", shape: [1], datatype: "BYTES", data: [said] }],
    }),
  },
];

const loaded = loadPolicies([]);
if (!loaded.ok) throw new Error("no policies is a valid set");
const key = Buffer.alloc(32, 1);
const route = RouteConfiguration.parse({
  id: "bench",
  path: "/v1",
  protocol: "openai",
  upstream: "http://127.0.0.1:1",
  mode: "enforce",
});
const inspection = {
  inspector: createInspector(DETECTORS),
  memory: createInspectionMemory(64 * 1024 * 1024),
  hash: createContentHash(key),
};
const tools = {
  inspection: () => inspection,
  policies: () => loaded.set,
  recorder: { record: () => Promise.resolve(), note: () => undefined },
  sessions: createSessionRisk(),
  masks: createMaskVault(key, systemClock),
  clock: systemClock,
};
const open = (): Exchange =>
  createExchange(
    {
      origin: {
        tenant: DEFAULT_TENANT,
        exchange: ExchangeId.parse("01990000-0000-7000-8000-000000000001"),
        route: route.id,
        protocol: "openai",
        endpoint: "bench",
        model: "m",
        session: "",
        sessionSource: "none",
        principal: "anonymous",
        address: "127.0.0.1",
        node: "n",
        boot: "b",
        streamed: false,
      },
      route,
      mode: "enforce",
      principal: { kind: "Anonymous", id: "anonymous" },
      startedMs: 0,
      requestBytes: 0,
    },
    tools,
  );
const asked = (): Exchange => {
  const exchange = open();
  exchange.judgeRequest(NO_REQUEST, NO_CONTEXT);
  return exchange;
};
const scanned = (bytes: Buffer, isForm = false) => {
  const scan = isForm ? scanForm(bytes) : scanJson(bytes, { depthMax: 64 });
  if (!scan.ok) throw new Error(scan.fault.message);
  return scan.value;
};

const ANSWER_UNITS = 4_096;
type Job = { readonly bytes: number; readonly run: () => Promise<void> };
/** Undefined where the endpoint has no such thing. */
type Work = (endpoint: Endpoint, one: Case) => Job | undefined;
const WORKS: Readonly<Record<string, Work>> = {
  request: (endpoint, { request }) => {
    const bytes = Buffer.isBuffer(request) ? request : Buffer.from(JSON.stringify(request));
    return {
      bytes: bytes.length,
      run: async () => {
        const decoded = endpoint.decodeRequest(scanned(bytes, endpoint.body === "form"));
        if (!decoded.ok) throw new Error(decoded.refusal.message);
        open().judgeRequest(decoded.value, NO_CONTEXT);
      },
    };
  },
  answer: (endpoint, { answer }) => {
    if (answer === undefined) return undefined;
    const bytes = Buffer.from(JSON.stringify(answer(text(ANSWER_UNITS))));
    return {
      bytes: ANSWER_UNITS,
      run: async () => {
        const decoded = endpoint.decodeResponse(scanned(bytes), 0);
        if (!decoded.ok) throw new Error(decoded.refusal.message);
        await asked().judgeResponse(decoded.value);
      },
    };
  },
  stream: (endpoint, { stream }) => {
    if (stream === undefined) return undefined;
    const events = stream(text(ANSWER_UNITS)).map((data) => ({ data, raw: Buffer.from(data) }));
    return {
      bytes: ANSWER_UNITS,
      run: async () => {
        const decoder = endpoint.streamDecoder?.(0);
        if (decoder === undefined) throw new Error("it does not stream");
        const guard = createStreamGuard(asked(), decoder);
        for (const event of events) await guard.push(event);
      },
    };
  },
};

console.log("| µs per KB, median | request, remembered | × | answer | × | stream | × |\n|---|---|---|---|---|---|---|");
const baseline = new Map<string, number>();
const rows = new Map<string, string[]>(CASES.map(({ name }) => [name, []]));
for (const [work, make] of Object.entries(WORKS)) {
  if (ONLY !== undefined && ONLY !== work) continue;
  const samples = new Map<string, number[]>(CASES.map(({ name }) => [name, []]));
  for (let at = 0; at < RUNS + 50; at += 1)
    for (const one of CASES) {
      const endpoint = PROTOCOLS.find(({ id }) => id === one.protocol)?.endpoints.find(
        ({ name }) => name === one.endpoint,
      );
      if (endpoint === undefined) throw new Error(`no endpoint ${one.endpoint}`);
      const job = make(endpoint, one);
      if (job === undefined) continue;
      const { bytes, run } = job;
      const start = process.hrtime.bigint();
      await run();
      if (at >= 50) samples.get(one.name)?.push(Number(process.hrtime.bigint() - start) / 1e3 / (bytes / 1024));
    }
  for (const [name, values] of samples) {
    if (values.length === 0) {
      rows.get(name)?.push("", "");
      continue;
    }
    const median = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    if (!baseline.has(work)) baseline.set(work, median);
    rows.get(name)?.push(median.toFixed(1), (median / (baseline.get(work) ?? 1)).toFixed(2));
  }
}
for (const [name, cells] of rows) console.log(`| ${[name, ...cells].join(" | ")} |`);
