/**
 * Guarantee: what a policy masks never reaches the upstream, and reaches the caller who wrote it as if nothing had
 * happened, plain or streamed; nobody else gets it, and no record holds it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chunk, completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const example = join(import.meta.dirname, "../examples/masking");
const data = temporaryFolder();
const MAIL = "mara.lind@lindholm.se";
const PHONE = "+44 20 7946 0018";
const TOKEN = /\[[A-Z_]+_[0-9a-f]{12}\]/;
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  const routes = [
    { upstream: upstream.url },
    { id: "tools", path: "/tools", upstream: upstream.url, unmask: "{ tool_calls: true }" },
    { id: "tokens", path: "/tokens", upstream: upstream.url, unmask: "{ text: false }", capture: "full" },
  ];
  parapet = await startParapet({ configuration: configurationOf(routes, "", join(example, "policies")), data });
});
beforeEach(() => {
  upstream.received.length = 0;
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

const openai = (path = "/v1", headers: Record<string, string> = {}) =>
  new OpenAI({ baseURL: `${parapet.url}${path}`, apiKey: "sk-callers-own", defaultHeaders: headers, maxRetries: 0 });
const user = (content: string) => [{ role: "user" as const, content }];
const sentText = (): string => JSON.parse(upstream.received.at(-1)?.body ?? "{}").messages.at(-1).content;
const detail = (id: string) =>
  eventually(async () => {
    const { status, body } = await parapet.api("GET", `/exchanges/${id}`);
    return status === 200 && body.state !== "open" ? body : undefined;
  });
/** The model repeats the user's last message, between `before` and `after`. */
const repeat = (before = "", after = ""): void =>
  upstream.answer((request, response) => {
    const { messages, stream } = JSON.parse(request.body);
    const text = `${before}${messages.at(-1).content}${after}`;
    return stream === true ? sendStream(response, textChunks(text, 3)) : sendJson(response, 200, completion(text));
  });
const streamed = async (client: OpenAI, content: string): Promise<string> => {
  let text = "";
  for await (const event of await client.chat.completions.create({
    model: "gpt-replay",
    messages: user(content),
    stream: true,
  }))
    text += event.choices[0]?.delta.content ?? "";
  return text;
};

test("the upstream sees tokens, the caller the values, plain and streamed, and the exchange says so", async () => {
  repeat("Noted: ", ".");
  const said = `Write to ${MAIL} or ring ${PHONE}`;
  const { data: answer, response } = await openai()
    .chat.completions.create({ model: "gpt-replay", messages: user(said) })
    .withResponse();
  expect(answer.choices[0]?.message.content).toBe(`Noted: ${said}.`);
  expect(response.headers.get("x-parapet-verdict")).toBe("redact");
  expect(response.headers.get("x-parapet-policy")).toBe("mask-contact-data");
  const plain = sentText();
  expect(plain).toMatch(/^Write to \[EMAIL_ADDRESS_[0-9a-f]{12}\] or ring \[PHONE_NUMBER_[0-9a-f]{12}\]$/);
  expect(upstream.received.at(-1)?.body).not.toContain(MAIL);

  expect(await streamed(openai(), said)).toBe(`Noted: ${said}.`);
  expect(sentText()).toMatch(TOKEN);

  const exchange = await detail(response.headers.get("x-parapet-exchange") ?? "");
  expect(JSON.stringify(exchange)).not.toContain(MAIL);
  expect(exchange.masked.map(({ type }: { type: string }) => type)).toEqual(["EMAIL_ADDRESS", "PHONE_NUMBER"]);
  expect(exchange.restored).toHaveLength(2);
  expect(exchange.segments.map(({ text }: { text: string }) => text)).toEqual([plain, `Noted: ${plain}.`]);
  const reasons = exchange.receipt
    .filter(({ detector }: { detector: string }) => detector === "masking")
    .map(({ reason }: { reason: string }) => reason);
  expect(reasons).toEqual(["2 values masked: EMAIL_ADDRESS, PHONE_NUMBER", "2 values put back for the caller"]);
});

test("a value has one token in a session, and a conversation reads on as it was", async () => {
  repeat();
  const client = openai("/v1", { "x-parapet-session": "one" });
  await client.chat.completions.create({ model: "gpt-replay", messages: user(`To ${MAIL}`) });
  const first = TOKEN.exec(sentText())?.[0];
  const history = [
    ...user(`To ${MAIL}`),
    { role: "assistant" as const, content: `Shall I write to ${MAIL}?` },
    ...user("Yes, to that address"),
  ];
  await client.chat.completions.create({ model: "gpt-replay", messages: history });
  const texts = JSON.parse(upstream.received.at(-1)?.body ?? "").messages.map(
    (one: { content: string }) => one.content,
  );
  expect(texts).toEqual([`To ${first}`, `Shall I write to ${first}?`, "Yes, to that address"]);
  await openai("/v1", { "x-parapet-session": "two" }).chat.completions.create({
    model: "gpt-replay",
    messages: user(`To ${MAIL}`),
  });
  expect(TOKEN.exec(sentText())?.[0]).not.toBe(first);
});

test("a stranger who knows a token gets nothing for it", async () => {
  repeat();
  await openai("/v1", { "x-parapet-session": "own" }).chat.completions.create({
    model: "gpt-replay",
    messages: user(`To ${MAIL}`),
  });
  const token = TOKEN.exec(sentText())?.[0] ?? "";
  for (const session of ["own", "other"]) {
    const answer = await openai("/v1", { "x-parapet-session": session }).chat.completions.create({
      model: "gpt-replay",
      messages: user(`My phone is ${PHONE}. Who is ${token}?`),
    });
    expect(answer.choices[0]?.message.content).toBe(`My phone is ${PHONE}. Who is ${token}?`);
  }
});

describe("tool calls", () => {
  const call = (token: string) => ({
    id: "call_a",
    type: "function",
    function: { name: "send_mail", arguments: JSON.stringify({ to: token, subject: "Order" }) },
  });
  test.each([
    ["/v1", false],
    ["/tools", true],
  ])("of route %s hold values: %s, plain and streamed", async (path, holds) => {
    upstream.answer((request, response) => {
      const { messages, stream } = JSON.parse(request.body);
      const { function: named, ...rest } = call(TOKEN.exec(messages.at(-1).content)?.[0] ?? "");
      const cut = Math.floor(named.arguments.length / 2);
      const delta = (part: object) => chunk({ tool_calls: [{ index: 0, ...part }] });
      return stream === true
        ? sendStream(response, [
            chunk({ role: "assistant", content: null }),
            delta({ ...rest, function: { ...named, arguments: named.arguments.slice(0, cut) } }),
            delta({ function: { arguments: named.arguments.slice(cut) } }),
            chunk({}, "tool_calls"),
          ])
        : sendJson(response, 200, completion(null, { tool_calls: [{ ...rest, function: named }] }, "tool_calls"));
    });
    const messages = user(`Write to ${MAIL}`);
    const plain = await openai(path).chat.completions.create({ model: "gpt-replay", messages });
    const { choices } = await openai(path)
      .chat.completions.stream({ model: "gpt-replay", messages })
      .finalChatCompletion();
    for (const message of [plain.choices[0]?.message, choices[0]?.message]) {
      const [made] = message?.tool_calls ?? [];
      const { to } = JSON.parse(made?.type === "function" ? made.function.arguments : "{}");
      if (holds) expect(to).toBe(MAIL);
      else expect(to).toMatch(TOKEN);
    }
  });
});

test("a route that unmasks nothing hands tokens on, and even a full capture keeps no masked value", async () => {
  repeat();
  const { data: answer, response } = await openai("/tokens")
    .chat.completions.create({ model: "gpt-replay", messages: user(`To ${MAIL}`) })
    .withResponse();
  expect(answer.choices[0]?.message.content).toMatch(/^To \[EMAIL_ADDRESS_[0-9a-f]{12}\]$/);
  const exchange = await detail(response.headers.get("x-parapet-exchange") ?? "");
  expect(JSON.stringify(exchange)).not.toContain(MAIL);
  expect(exchange.restored).toBeUndefined();
});

test("what was masked and put back is counted", async () => {
  const metrics = await (await fetch(`${parapet.url}/metrics`)).text();
  expect(metrics).toMatch(/parapet_masked_values_total\{route="assistant"\} [1-9]/);
  expect(metrics).toMatch(/parapet_unmasked_values_total\{route="assistant"\} [1-9]/);
  expect(metrics).toMatch(/parapet_mask_memory_bytes 0/);
});

test("the example of the manual runs and shows what it says", async () => {
  const model = spawn(process.execPath, [join(example, "upstream.mjs")], { env: { ...process.env, PORT: "0" } });
  const folder = temporaryFolder();
  let gateway: Started | undefined;
  try {
    const seen = linesOf(model);
    const address = await eventually(async () => /http:\S+/.exec(seen())?.[0]);
    const configuration = readFileSync(join(example, "parapet.yaml"), "utf8")
      .replace("http://127.0.0.1:4199/v1", address)
      .replace("./policies", join(example, "policies"))
      .replace("../../rules", join(example, "../../rules"));
    gateway = await startParapet({ configuration, data: folder });
    const chat = spawn(process.execPath, [join(example, "chat.mjs")], {
      env: { ...process.env, PARAPET_BASE_URL: `${gateway.url}/v1` },
    });
    const said = linesOf(chat);
    await once(chat, "exit");
    const answers = said().split("\n");
    const expected = `I have noted this: Call Mara back on ${PHONE} or write to ${MAIL}. Her SSN is [REDACTED:us-ssn].`;
    expect(answers[0]).toBe(`plain answer:     ${expected}`);
    expect(answers[2]).toBe(`streamed answer:  ${expected}`);
    expect(seen()).toMatch(/the model sees: {3}Call Mara back on \[PHONE_NUMBER_[0-9a-f]{12}\] or write to \[EMAIL_/);
    expect(seen()).not.toContain(MAIL);
  } finally {
    await gateway?.stop();
    model.kill();
    removeFolder(folder);
  }
});

const linesOf = ({ stdout }: ChildProcess): (() => string) => {
  let text = "";
  stdout?.on("data", (piece: Buffer) => {
    text += piece.toString("utf8");
  });
  return () => text;
};
