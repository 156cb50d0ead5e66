/**
 * Guarantee: what a policy masks never reaches the upstream, and reaches the caller who wrote it as if nothing had
 * happened, plain or streamed; nobody else gets it, and no record holds it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
/** Quotes, a backslash and letters beyond ASCII: what every kind of JSON has to escape. */
const CLIENT = String.raw`client "Åsa 😀\Ek"`;
const TOKEN = /\[[A-Z_]+_[0-9a-f]{12}\]/;
const POLICY_FOR_NAMES = `
@id("mask-internal-names")
@action("redact")
@redact("internal_name")
@redact_as("token")
@severity("low")
@message("An internal name was masked.")
forbid (principal, action == Action::"request", resource) when { context.confidence.internal_name >= 500 };
`;
const DETECTORS = `
detectors:
  internal-names:
    patterns: [{ name: client, pattern: 'client "[^"]+"' }]
`;
const ROW = {
  id: "mail-01-a",
  label: "attack",
  categories: ["personal_data"],
  kind: "mail",
  channel: "user",
  lang: "en",
  text: `Write to ${MAIL}.`,
};
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  const routes = [
    { upstream: upstream.url },
    { id: "tools", path: "/tools", upstream: upstream.url, unmask: "{ tool_calls: true }" },
    { id: "tokens", path: "/tokens", upstream: upstream.url, unmask: "{ text: false }", capture: "full" },
    { id: "alone", path: "/alone", upstream: upstream.url, detectors: "[personal-data]" },
  ];
  const rows = join(data, "rows");
  mkdirSync(rows);
  writeFileSync(join(rows, "rows.jsonl"), JSON.stringify(ROW));
  const policies = join(data, "policies");
  mkdirSync(policies);
  copyFileSync(join(example, "policies/masking.cedar"), join(policies, "masking.cedar"));
  writeFileSync(join(policies, "names.cedar"), POLICY_FOR_NAMES);
  parapet = await startParapet({
    configuration: configurationOf(routes, `${DETECTORS}\nself_test: { enabled: false, folder: ${rows} }`, policies),
    data,
  });
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

/** Stands for a bracket of the text until the JSON is written. */
const BRACKET = "\uE000";
/** As a provider writes it that escapes whatever JSON lets it: letters beyond ASCII, and a token's own bracket. */
const escapedAll = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(BRACKET, String.raw`\u005b`)
    .replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

describe("escapes", () => {
  /** Answers `text` around the token, in escaped JSON, plain or streamed in pieces of `size` units. */
  const answerEscaped = (around: (token: string) => string, size: number): void =>
    upstream.answer((request, response) => {
      const { messages, stream } = JSON.parse(request.body);
      const text = around(TOKEN.exec(messages.at(-1).content)?.[0] ?? "").replaceAll("[", BRACKET);
      if (stream !== true) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(escapedAll(completion(text)));
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of textChunks(text, size)) response.write(`data: ${escapedAll(event)}\n\n`);
      response.end("data: [DONE]\n\n");
    });

  test.each([1, 2, 7, 1_000])(
    "in front of, behind and around a token change nothing, %i units at a time",
    async (size) => {
      const around = (token: string): string => `"Ähm" \\ …\n\t${token}, [x] ${token}${token} … "${token}"`;
      answerEscaped(around, size);
      const { data: plain } = await openai()
        .chat.completions.create({ model: "gpt-replay", messages: user(`For ${CLIENT}`) })
        .withResponse();
      expect(sentText()).toMatch(/^For \[PATTERN_[0-9a-f]{12}\]$/);
      expect(plain.choices[0]?.message.content).toBe(around(CLIENT));
      expect(await streamed(openai(), `For ${CLIENT}`)).toBe(around(CLIENT));
    },
  );

  test("of a value keep an answer readable that is JSON itself", async () => {
    answerEscaped((token) => JSON.stringify({ to: token, note: `for ${token}` }), 3);
    const expected = { to: CLIENT, note: `for ${CLIENT}` };
    const plain = await openai().chat.completions.create({ model: "gpt-replay", messages: user(`For ${CLIENT}`) });
    expect(JSON.parse(plain.choices[0]?.message.content ?? "")).toEqual(expected);
    expect(JSON.parse(await streamed(openai(), `For ${CLIENT}`))).toEqual(expected);
  });
});

test("what only looks like a token, or is unknown, or was cut off, comes through as it was", async () => {
  const said =
    "[EMAIL_ADDRESS_000000000000] [EMAIL_ADDRESS_3f2a9c04d1b] [EMAIL] [REDACTED:email-address] [PHONE_NUMBER_3f2a";
  repeat();
  const content = `${said} ${MAIL} ${said}`;
  const plain = await openai().chat.completions.create({ model: "gpt-replay", messages: user(content) });
  expect(plain.choices[0]?.message.content).toBe(content);
  expect(await streamed(openai(), content)).toBe(content);
});

test("in a body that a worker inspects each value is masked once; beyond what is kept of a text it is cut", async () => {
  repeat();
  const filler = "many words that say nothing in particular\n";
  const content = filler.repeat(4_000) + `${MAIL} ${MAIL} ${PHONE}`;
  const answer = await openai().chat.completions.create({ model: "gpt-replay", messages: user(content) });
  const [, first, second] = /(\[EMAIL\S+) (\[EMAIL\S+) \[PHONE\S+$/.exec(sentText()) ?? [];
  expect(first).toMatch(TOKEN);
  expect(second).toBe(first);
  expect(answer.choices[0]?.message.content).toBe(content);

  const long = filler.repeat(7_000) + MAIL;
  await openai().chat.completions.create({ model: "gpt-replay", messages: user(long) });
  expect(sentText().endsWith("\n[REDACTED:email-address]")).toBe(true);
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
    ["/v1", MAIL, false],
    ["/tools", MAIL, true],
    ["/tools", CLIENT, true],
  ])("of route %s with %s hold values: %s, plain and streamed", async (path, value, holds) => {
    upstream.answer((request, response) => {
      const { messages, stream } = JSON.parse(request.body);
      const { function: named, ...rest } = call(TOKEN.exec(messages.at(-1).content)?.[0] ?? "");
      const pieces = Array.from({ length: Math.ceil(named.arguments.length / 3) }, (_, at) =>
        named.arguments.slice(at * 3, at * 3 + 3),
      );
      const delta = (part: object) => chunk({ tool_calls: [{ index: 0, ...part }] });
      return stream === true
        ? sendStream(response, [
            chunk({ role: "assistant", content: null }),
            delta({ ...rest, function: { ...named, arguments: "" } }),
            ...pieces.map((piece) => delta({ function: { arguments: piece } })),
            chunk({}, "tool_calls"),
          ])
        : sendJson(response, 200, completion(null, { tool_calls: [{ ...rest, function: named }] }, "tool_calls"));
    });
    const messages = user(`Write to ${value}`);
    const plain = await openai(path).chat.completions.create({ model: "gpt-replay", messages });
    const { choices } = await openai(path)
      .chat.completions.stream({ model: "gpt-replay", messages })
      .finalChatCompletion();
    for (const message of [plain.choices[0]?.message, choices[0]?.message]) {
      const [made] = message?.tool_calls ?? [];
      const { to } = JSON.parse(made?.type === "function" ? made.function.arguments : "{}");
      if (holds) expect(to).toBe(value);
      else expect(to).toMatch(TOKEN);
    }
  });
});

describe("with gateway keys", () => {
  const folder = temporaryFolder();
  let keyed: Started;
  let keys: readonly string[];
  beforeAll(async () => {
    const routes = [{ upstream: upstream.url }];
    keyed = await startParapet({ configuration: configurationOf(routes, "", join(example, "policies")), data: folder });
    const secrets: string[] = [];
    for (const name of ["first", "second"]) secrets.push((await keyed.api("POST", "/keys", { name })).body.secret);
    keys = secrets;
  });
  afterAll(async () => {
    await keyed.stop();
    removeFolder(folder);
  });

  const as = (key: number, session: string | undefined) =>
    new OpenAI({
      baseURL: `${keyed.url}/v1`,
      apiKey: "sk-callers-own",
      maxRetries: 0,
      defaultHeaders: {
        "x-parapet-key": keys[key] ?? "",
        ...(session !== undefined && { "x-parapet-session": session }),
      },
    });
  const said = async (client: OpenAI, content: string): Promise<string> =>
    (await client.chat.completions.create({ model: "gpt-replay", messages: user(content) })).choices[0]?.message
      .content ?? "";

  test("a token of an earlier exchange is resolved for its own key and session, and for nobody else", async () => {
    repeat();
    expect(await said(as(0, "one"), `To ${MAIL}`)).toBe(`To ${MAIL}`);
    const token = TOKEN.exec(sentText())?.[0] ?? "";
    expect(token).toMatch(/^\[EMAIL_ADDRESS_/);
    const question = `And ${token}?`;
    expect(await said(as(0, "one"), question)).toBe(`And ${MAIL}?`);
    expect(await streamed(as(0, "one"), question)).toBe(`And ${MAIL}?`);
    for (const [key, session] of [
      [0, "two"],
      [1, "one"],
      [1, "two"],
      [0, undefined],
      [1, undefined],
    ] as const) {
      const other = as(key, session);
      expect(await said(other, question)).toBe(question);
      expect(await streamed(other, question)).toBe(question);
      // Nor after it masked the same value itself: its own token is another one.
      expect(await said(other, `${MAIL} ${token}`)).toBe(`${MAIL} ${token}`);
    }
    expect(await said(as(0, "one"), question)).toBe(`And ${MAIL}?`);
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

test("what the self-test masks counts in nobody's figures", async () => {
  const started = await parapet.api("POST", "/self-test/runs");
  expect(started.status).toBe(201);
  const masked = await eventually(async () => {
    const { body } = await parapet.api("GET", "/exchanges?lane=self-test&limit=10");
    const own = body.items.find(({ route }: { route: string }) => route === "alone");
    return own === undefined ? undefined : (await parapet.api("GET", `/exchanges/${own.id}`)).body.masked;
  });
  expect(masked).toHaveLength(1);
  const metrics = await (await fetch(`${parapet.url}/metrics`)).text();
  expect(metrics).toContain("# TYPE parapet_masked_values_total");
  expect(metrics).not.toContain('parapet_masked_values_total{route="alone"}');
});
