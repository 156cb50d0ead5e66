import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, removeFolder, routeTo, startParapet, temporaryFolder, type Started } from "./parapet-process.ts";
import { chunk, completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  parapet = await startParapet({ configuration: routeTo(upstream.url), data });
  client = new OpenAI({ baseURL: `${parapet.url}/v1`, apiKey: "sk-callers-own" });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

const detail = (id: string) =>
  eventually(async () => {
    const { status, body } = await parapet.api("GET", `/exchanges/${id}`);
    return status === 200 && body.state !== "open" && body.evidence !== undefined ? body : undefined;
  });

describe("one guarded exchange", () => {
  test("the official SDK gets the model's answer, and the exchange is recorded with receipt and evidence", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, completion("Paris.")));
    const { data: answer, response } = await client.chat.completions
      .create({ model: "gpt-replay", messages: [{ role: "user", content: "What is the capital of France?" }] })
      .withResponse();
    expect(answer.choices[0]?.message.content).toBe("Paris.");
    expect(response.headers.get("x-parapet-verdict")).toBe("allow");
    expect(upstream.received.at(-1)?.headers.authorization).toBe("Bearer sk-callers-own");

    const exchange = await detail(response.headers.get("x-parapet-exchange") ?? "");
    expect(exchange).toMatchObject({ state: "completed", route: "assistant", model: "gpt-replay", status: 200 });
    expect(exchange.segments.map((one: { text: string }) => one.text)).toEqual([
      "What is the capital of France?",
      "Paris.",
    ]);
    expect(exchange.receipt.length).toBeGreaterThan(5);
    expect(
      exchange.receipt.every((entry: { outcome: string }) => ["inspected", "skipped"].includes(entry.outcome)),
    ).toBe(true);
    expect(exchange.evidence.index).toBeGreaterThanOrEqual(0);
  });

  test("the bytes that were inspected are the bytes that are forwarded", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, completion("ok")));
    const body =
      '{ "model":"gpt-replay",\n "messages" : [ {"role":"user","content":"gr\\u00fc\\u00df dich \\ud83d\\ude00 / \\/"} ], "seed": 1.50e2 }';
    await fetch(`${parapet.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(upstream.received.at(-1)?.body).toBe(body);
  });

  test("a stream stays a stream and arrives whole", async () => {
    upstream.answer((_request, response) =>
      sendStream(response, textChunks("The quick brown fox jumps over the lazy dog.")),
    );
    const stream = await client.chat.completions.create({
      model: "gpt-replay",
      stream: true,
      messages: [{ role: "user", content: "Recite." }],
    });
    const pieces: string[] = [];
    for await (const event of stream) pieces.push(event.choices[0]?.delta.content ?? "");
    expect(pieces.join("")).toBe("The quick brown fox jumps over the lazy dog.");
    expect(pieces.length).toBeGreaterThan(5);
  });

  test("tool calls in a stream are put together, judged and released in order", async () => {
    const call = (index: number, part: Record<string, unknown>) => chunk({ tool_calls: [{ index, ...part }] });
    upstream.answer((_request, response) =>
      sendStream(response, [
        chunk({ role: "assistant", content: null }),
        call(0, { id: "call_a", type: "function", function: { name: "weather", arguments: "" } }),
        call(0, { function: { arguments: '{"city":' } }),
        call(0, { function: { arguments: '"Oslo"}' } }),
        call(1, { id: "call_b", type: "function", function: { name: "time", arguments: "" } }),
        call(1, { function: { arguments: '{"zone":"UTC"}' } }),
        chunk({}, "tool_calls"),
      ]),
    );
    const stream = client.chat.completions.stream({
      model: "gpt-replay",
      messages: [{ role: "user", content: "Weather and time?" }],
    });
    const { choices } = await stream.finalChatCompletion();
    expect(
      choices[0]?.message.tool_calls?.map(
        (one) => one.type === "function" && [one.function.name, one.function.arguments],
      ),
    ).toEqual([
      ["weather", '{"city":"Oslo"}'],
      ["time", '{"zone":"UTC"}'],
    ]);
  });

  test("the ledger verifies", async () => {
    const { body } = await parapet.api("POST", "/evidence/verify");
    expect(body).toMatchObject({ ok: true, problems: [] });
  });
});
