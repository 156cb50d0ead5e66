import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callBlock, end, sendEvents, start, textBlock } from "./messages-recordings.ts";
import {
  ADMIN_TOKEN,
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chunk, completion, sendJson, sendStream, startReplayUpstream } from "./replay-upstream.ts";

const HOLDS_TRANSFERS = `
@id("transfers-need-approval")
@action("hold")
@severity("high")
@message("Transfers of money need an approval.")
@description("Every call of the tool transfer.")
forbid (principal, action == Action::"tool_call", resource)
when { context.tool.name == "transfer" };

@id("orders-need-approval")
@action("hold")
@severity("medium")
@message("Orders need an approval.")
@description("Requests of the agent buyer.")
forbid (principal, action == Action::"request", resource)
when { context.agent == "buyer" };

@id("advice-is-read-first")
@action("divert")
@severity("medium")
@message("Somebody reads this first.")
@description("Answers to the agent adviser.")
forbid (principal, action == Action::"response", resource)
when { context.agent == "adviser" };
`;

const DIVERTS = `
@id("wires-go-elsewhere")
@action("divert")
@severity("medium")
@message("Another model answers this.")
@description("Every call of the tool wire.")
forbid (principal, action == Action::"tool_call", resource)
when { context.tool.name == "wire" };

@id("tinkers-go-elsewhere")
@action("divert")
@severity("medium")
@message("Another model answers this.")
@description("Requests of the agent tinker.")
forbid (principal, action == Action::"request", resource)
when { context.agent == "tinker" };
`;

const data = temporaryFolder();
const policies = join(data, "policies");
const clock = join(data, "clock");
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let safer: typeof upstream;
let parapet: Started;
let client: OpenAI;
let approverToken = "";

beforeAll(async () => {
  mkdirSync(policies, { recursive: true });
  writeFileSync(clock, "0");
  writeFileSync(join(policies, "approvals.cedar"), HOLDS_TRANSFERS + DIVERTS);
  upstream = await startReplayUpstream();
  safer = await startReplayUpstream();
  parapet = await startParapet({
    configuration: configurationOf(
      [
        { upstream: upstream.url, trust_identity_headers: "true" },
        { id: "risky", path: "/risky/v1", upstream: upstream.url, trust_identity_headers: "true", divert_to: "safer" },
        { id: "messages", path: "/anthropic", protocol: "anthropic", upstream: `http://127.0.0.1:${upstream.port}` },
        { id: "safer", path: "/safer/v1", upstream: safer.url, credential: "${SAFER_KEY}" },
      ],
      "approvals: { waitSeconds: 600 }",
      policies,
    ),
    data,
    env: {
      SAFER_KEY: "sk-of-the-safer-route",
      PARAPET_CLOCK_FILE: clock,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, "jumping-clock.ts")}`,
    },
  });
  client = new OpenAI({ baseURL: `${parapet.url}/v1`, apiKey: "sk-callers-own" });
  const made = await parapet.api("POST", "/users", { name: "grace", role: "approver" });
  approverToken = made.body.token;
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  await safer.close();
  removeFolder(data);
});

const asGrace = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${parapet.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${approverToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};

const transferring = (amount: number) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-replay",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "transfer", arguments: JSON.stringify({ to: "DE89", amount }) },
          },
        ],
      },
      finish_reason: "tool_calls",
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const ask = (text: string, agent = "clerk", session = "") =>
  client.chat.completions
    .create(
      { model: "gpt-replay", messages: [{ role: "user", content: text }] },
      {
        headers: {
          "x-parapet-agent": agent,
          "x-parapet-user": "ada",
          ...(session !== "" && { "x-parapet-session": session }),
        },
      },
    )
    .withResponse();

describe("a call that policy holds", () => {
  test("is withheld, shown to somebody else, and given out once when they approve", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, transferring(5)));
    const { data: held, response } = await ask("Pay the rent.");
    const id = response.headers.get("x-parapet-approval") ?? "";
    expect(response.headers.get("x-parapet-verdict")).toBe("hold");
    expect(held.choices[0]?.message.tool_calls).toBeUndefined();
    expect(held.choices[0]?.message.content).toContain(id);
    expect(held.choices[0]?.message.content).toContain(`${parapet.url}/approvals/${id}`);

    const asked = upstream.received.length;
    const { data: again } = await ask("Pay the rent.");
    expect(again.choices[0]?.message.content).toContain(id);
    expect(upstream.received.length).toBe(asked);

    const shown = await asGrace("GET", `/approvals/${id}`);
    expect(shown.body).toMatchObject({
      state: "pending",
      tool: "transfer",
      agent: "clerk",
      mayDecide: true,
      content: { arguments: '{"to":"DE89","amount":5}' },
    });
    const decided = await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve", reason: "It is due." });
    expect(decided).toMatchObject({ status: 200, body: { state: "approved", decidedBy: "grace" } });

    const { data: passed, response: passing } = await ask("Pay the rent.");
    expect(passed.choices[0]?.message.tool_calls).toHaveLength(1);
    expect(passing.headers.get("x-parapet-verdict")).toBe("allow");
    expect(upstream.received.length).toBe(asked);

    const { data: third } = await ask("Pay the rent.");
    expect(third.choices[0]?.message.tool_calls).toBeUndefined();
    expect(upstream.received.length).toBe(asked + 1);
    const kinds = await eventually(async () => {
      const { body } = await parapet.api("GET", "/events?source=audit&limit=200&since=1h");
      const mine = body.items
        .filter((one: { asset?: string }) => one.asset === id)
        .map((one: { kind: string }) => one.kind);
      return mine.includes("approval.used") ? mine : undefined;
    });
    expect(kinds.toReversed()).toEqual(
      expect.arrayContaining(["approval.requested", "approval.seen", "approval.approved", "approval.used"]),
    );
  });

  test("is denied in the words of who denied it, and asked about again by nobody", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, transferring(7)));
    const { response } = await ask("Pay the fee.", "clerk", "s-7");
    const id = response.headers.get("x-parapet-approval") ?? "";
    await asGrace("POST", `/approvals/${id}/decision`, { decision: "deny", reason: "Not ours to pay." });
    const { data: denied } = await ask("Pay the fee.", "clerk", "s-7");
    expect(denied.choices[0]?.message.content).toContain("Not ours to pay.");
    const { data: otherwise } = await ask("Pay that fee now!", "clerk", "s-7");
    expect(otherwise.choices[0]?.message.content).toContain("Not ours to pay.");
  });

  test("passes once when the very call comes in another request, streamed as well", async () => {
    const call = (part: Record<string, unknown>) => chunk({ tool_calls: [{ index: 0, ...part }] });
    upstream.answer((_request, response) =>
      sendStream(response, [
        chunk({ role: "assistant", content: "I will pay. " }),
        call({ id: "call_a", type: "function", function: { name: "transfer", arguments: "" } }),
        call({ function: { arguments: '{"amount":9,' } }),
        call({ function: { arguments: '"to":"DE89"}' } }),
        chunk({}, "tool_calls"),
      ]),
    );
    const stream = (text: string) =>
      client.chat.completions
        .stream(
          { model: "gpt-replay", messages: [{ role: "user", content: text }] },
          { headers: { "x-parapet-agent": "clerk", "x-parapet-user": "ada", "x-parapet-session": "s-9" } },
        )
        .finalChatCompletion();
    const held = await stream("Pay nine.");
    const id = /approval ([0-9a-f-]{36})/.exec(held.choices[0]?.message.content ?? "")?.[1] ?? "";
    expect(held.choices[0]?.message.tool_calls ?? []).toEqual([]);
    expect(held.choices[0]?.finish_reason).toBe("stop");
    await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve" });
    const passed = await stream("Please pay nine.");
    expect(passed.choices[0]?.message.tool_calls).toHaveLength(1);
    const after = await stream("Please pay nine.");
    expect(after.choices[0]?.message.tool_calls ?? []).toEqual([]);
  });
});

describe("a call that policy holds in a stream of Anthropic's", () => {
  test("ends after the text that went out with one that names the approval, and comes whole once it is approved", async () => {
    const sdk = new Anthropic({ baseURL: `${parapet.url}/anthropic`, apiKey: "sk-ant-callers-own" });
    upstream.answer((_request, response) =>
      sendEvents(response, [
        start(),
        ...textBlock(0, "I will pay now."),
        ...callBlock(1, "transfer", { to: "DE89", amount: 21 }),
        ...end("tool_use"),
      ]),
    );
    const say = () =>
      sdk.messages
        .stream({ model: "claude-test", max_tokens: 100, messages: [{ role: "user", content: "Pay 21." }] })
        .finalMessage();
    const held = await say();
    expect(held.content.map(({ type }) => type)).toEqual(["text", "text"]);
    expect(held.stop_reason).toBe("end_turn");
    const said = held.content.map((block) => (block.type === "text" ? block.text : "")).join(" ");
    expect(said).toContain("I will pay now.");
    const id = /approval ([0-9a-f-]{36})/.exec(said)?.[1] ?? "";
    expect((await asGrace("GET", `/approvals/${id}`)).body.content.arguments).toBe('{"to":"DE89","amount":21}');
    await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve" });
    const passed = await say();
    expect(passed.content.map(({ type }) => type)).toEqual(["text", "tool_use"]);
    expect(passed.stop_reason).toBe("tool_use");
  });
});

describe("requests and answers that policy holds", () => {
  test("a request is refused with the approval's id and a time to come back, and passes once when approved", async () => {
    upstream.answer((_request, response) =>
      sendJson(response, 200, {
        ...transferring(1),
        choices: [{ index: 0, message: { role: "assistant", content: "Ordered." }, finish_reason: "stop" }],
      }),
    );
    const refused = await ask("Order it.", "buyer").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(refused instanceof APIError)) throw new Error("it was not refused");
    expect(refused).toMatchObject({ status: 403, code: "approval_required" });
    const id = refused.headers?.get("x-parapet-approval") ?? "";
    expect(refused.message).toContain(id);
    expect(Number(refused.headers?.get("retry-after"))).toBeGreaterThan(0);
    await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve" });
    const { data: passed } = await ask("Order it.", "buyer");
    expect(passed.choices[0]?.message.content).toBe("Ordered.");
    await expect(ask("Order it.", "buyer")).rejects.toMatchObject({ code: "approval_required" });
  });

  test("an answer that is diverted goes to a person and is given out once they agree", async () => {
    upstream.answer((_request, response) =>
      sendJson(response, 200, {
        ...transferring(1),
        choices: [{ index: 0, message: { role: "assistant", content: "Buy gold." }, finish_reason: "stop" }],
      }),
    );
    const { data: diverted, response } = await ask("What shall I buy?", "adviser");
    const id = response.headers.get("x-parapet-approval") ?? "";
    expect(response.headers.get("x-parapet-verdict")).toBe("divert");
    expect(diverted.choices[0]?.message.content).not.toContain("gold");
    const shown = await asGrace("GET", `/approvals/${id}`);
    expect(shown.body.content.texts).toEqual([{ role: "assistant", text: "Buy gold." }]);
    await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve" });
    const { data: given } = await ask("What shall I buy?", "adviser");
    expect(given.choices[0]?.message.content).toBe("Buy gold.");
  });
});

describe("what is diverted on a route that names a safer one", () => {
  const answering = (content: string) => ({
    ...transferring(1),
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  });
  const askRisky = (text: string, agent: string) =>
    new OpenAI({ baseURL: `${parapet.url}/risky/v1`, apiKey: "sk-callers-own" }).chat.completions
      .create(
        { model: "gpt-replay", messages: [{ role: "user", content: text }] },
        { headers: { "x-parapet-agent": agent } },
      )
      .withResponse();

  test("goes there as a request, with that route's credential, and as an answer that another takes the place of", async () => {
    const call = { id: "call_1", type: "function", function: { name: "wire", arguments: "{}" } };
    upstream.answer((_request, response) =>
      sendJson(response, 200, completion(null, { tool_calls: [call] }, "tool_calls")),
    );
    safer.answer((_request, response) => sendJson(response, 200, answering("I may not do that.")));
    const asked = upstream.received.length;
    const request = await askRisky("Fix it.", "tinker");
    expect(request.data.choices[0]?.message.content).toBe("I may not do that.");
    expect(request.response.headers.get("x-parapet-verdict")).toBe("divert");
    expect(upstream.received.length).toBe(asked);
    expect(safer.received.at(-1)?.headers.authorization).toBe("Bearer sk-of-the-safer-route");
    const answer = await askRisky("Wire it.", "clerk");
    expect(answer.data.choices[0]?.message.content).toBe("I may not do that.");
    expect(upstream.received.length).toBe(asked + 1);
    expect(safer.received.length).toBe(2);
  });

  test("and is diverted there again, goes to a person", async () => {
    const call = { id: "call_1", type: "function", function: { name: "wire", arguments: "{}" } };
    const wiring = completion(null, { tool_calls: [call] }, "tool_calls");
    upstream.answer((_request, response) => sendJson(response, 200, wiring));
    safer.answer((_request, response) => sendJson(response, 200, wiring));
    const { data: diverted, response } = await askRisky("Wire it, please.", "clerk");
    const id = response.headers.get("x-parapet-approval") ?? "";
    expect(diverted.choices[0]?.message.content).toContain(id);
    expect((await asGrace("GET", `/approvals/${id}`)).body).toMatchObject({ action: "divert", tool: "wire" });
  });
});

describe("who decides", () => {
  test("is neither who asked nor whoever may open the socket", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, transferring(11)));
    const { response } = await ask("Pay eleven.", "grace");
    const id = response.headers.get("x-parapet-approval") ?? "";
    const own = await asGrace("POST", `/approvals/${id}/decision`, { decision: "approve" });
    expect(own).toMatchObject({ status: 403 });
    const local = await parapet.api("POST", `/approvals/${id}/decision`, { decision: "approve" });
    expect(local.status).toBe(403);
    const administrator = await fetch(`${parapet.url}/api/v1/approvals/${id}/decision`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: '{"decision":"deny"}',
    });
    expect(administrator.status).toBe(200);
  });
});

describe("the guide", () => {
  const guide = readFileSync(join(import.meta.dirname, "..", "docs", "approvals.md"), "utf8");
  const example = (name: string): string => {
    const found = new RegExp(`<!-- example: ${name} -->\\s*\`\`\`\\w+\\n([^]*?)\`\`\``).exec(guide)?.[1];
    if (found === undefined) throw new Error(`the guide has no example ${name}`);
    return found;
  };

  test("does what it says: a call waits, is approved in a terminal, and the response that waited is given out", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "policies"));
    writeFileSync(join(folder, "policies", "transfers.cedar"), example("policies/transfers.cedar"));
    const configuration = example("parapet.yaml").replace(/upstream: .*/, `upstream: ${upstream.url}`);
    const guided = await startParapet({ configuration, data: folder });
    const shell = (script: string, env: Record<string, string>) => {
      const main = join(import.meta.dirname, "..", "server", "src", "main.ts");
      const parapetCommand = `${process.execPath} --conditions=source --disable-warning=ExperimentalWarning ${main}`;
      const text = script
        .replaceAll("http://127.0.0.1:4100", guided.url)
        .replaceAll(
          /npx parapet (\w+) (\w+)/g,
          `${parapetCommand} $1 $2 --config ${join(folder, "parapet.yaml")} --data ${guided.data}`,
        )
        .replace(/^export PARAPET_TOKEN=.*$/m, "");
      const run = spawnSync("sh", ["-ec", text], {
        env: { ...process.env, ...env },
        encoding: "utf8",
      });
      if (run.status !== 0) throw new Error(run.stderr);
      return run.stdout;
    };
    try {
      const { token } = JSON.parse(shell(example("create"), { PARAPET_ADMIN_TOKEN: ADMIN_TOKEN }));
      upstream.answer((_request, response) => sendJson(response, 200, transferring(12)));
      const asking = new OpenAI({ baseURL: `${guided.url}/v1`, apiKey: "sk-callers-own" });
      const say = () =>
        asking.chat.completions.create({ model: "gpt-replay", messages: [{ role: "user", content: "Pay twelve." }] });
      const held = (await say()).choices[0]?.message.content ?? "";
      const id = /It waits for a person: approval ([0-9a-f-]{36})/.exec(held)?.[1] ?? "";
      const said = shell(example("decide"), { PARAPET_TOKEN: token, ID: id });
      expect(said).toContain("transfer");
      expect(said).toContain('"amount": 12');
      expect(said).toContain("approved by grace");
      expect((await say()).choices[0]?.message.tool_calls).toHaveLength(1);
    } finally {
      await guided.stop();
      removeFolder(folder);
    }
    // Four commands start a process each.
  }, 240_000);
});

describe("an approval that nobody gives in time", () => {
  test("is a denial, and the same call is asked about anew", async () => {
    upstream.answer((_request, response) => sendJson(response, 200, transferring(13)));
    const say = async (): Promise<string> =>
      (await ask("Pay thirteen.")).response.headers.get("x-parapet-approval") ?? "";
    const id = await say();
    expect(await say()).toBe(id);
    writeFileSync(clock, "601000");
    await eventually(async () => {
      const { body } = await parapet.api("GET", `/approvals/${id}`);
      return body.state === "expired" ? body : undefined;
    });
    expect(await say()).not.toBe(id);
  });
});
