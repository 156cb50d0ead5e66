import OpenAI, { APIError, BadRequestError } from "openai";
import { describe, expect, test } from "vitest";
import { formatSse } from "#platform";
import { blockedStream, errorBody, failedStream, refusal, refusalStream } from "./answers.ts";

const notice = {
  message: "Blocked by policy.",
  code: "content_filter",
  policy: "no-secrets",
  exchange: "019aa5d2-7c00-7000-8000-000000000000",
  model: "gpt-5",
} as const;

/** The official SDK with an answer in place of the network. */
const client = (status: number, body: string, type: string): OpenAI =>
  new OpenAI({
    apiKey: "none",
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body, { status, headers: { "content-type": type } })),
  });

const ask = { model: "gpt-5", messages: [{ role: "user" as const, content: "hi" }] };
const streamOf = (events: readonly { readonly data: string; readonly name?: string }[]): string =>
  events.map(({ data, name }) => formatSse(data, name)).join("");
const chunk = JSON.stringify({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-5",
  choices: [{ index: 0, delta: { content: "so far" }, finish_reason: null }],
});

describe("what the official SDK makes of our answers", () => {
  test("a block before the first byte is its ordinary error for 400, with our code", async () => {
    const body = errorBody({ status: 400, code: "content_filter", message: notice.message });
    const error: unknown = await client(400, body, "application/json")
      .chat.completions.create(ask)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: "content_filter", message: expect.stringContaining(notice.message) });
  });

  test.each([
    ["a block", blockedStream(notice), "content_filter"],
    ["a failure of the upstream", failedStream({ code: "upstream_reset", message: "broke off" }), "upstream_reset"],
  ])("%s after the first byte is raised, not taken for the end", async (_, events, code) => {
    const stream = await client(
      200,
      streamOf([{ data: chunk }, ...events]),
      "text/event-stream",
    ).chat.completions.create({
      ...ask,
      stream: true,
    });
    const seen: string[] = [];
    const error: unknown = await (async () => {
      for await (const part of stream) seen.push(part.choices[0]?.delta.content ?? "");
    })().catch((caught: unknown) => caught);
    expect(seen).toEqual(["so far"]);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code });
  });

  test("a refusal is a well-formed completion", async () => {
    const completion = await client(200, refusal(notice), "application/json").chat.completions.create(ask);
    expect(completion.choices[0]).toMatchObject({
      finish_reason: "content_filter",
      message: { role: "assistant", content: null, refusal: notice.message },
    });
    expect(completion.created).toBe(Math.floor(0x019aa5d27c00 / 1000));
  });

  test("a refusal is a well-formed stream", async () => {
    const stream = await client(200, streamOf(refusalStream(notice)), "text/event-stream").chat.completions.create({
      ...ask,
      stream: true,
    });
    let text = "";
    let finish: string | null = null;
    for await (const part of stream) {
      text += part.choices[0]?.delta.refusal ?? "";
      finish = part.choices[0]?.finish_reason ?? finish;
    }
    expect([text, finish]).toEqual([notice.message, "content_filter"]);
  });
});

test.each([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "invalid_request_error"],
  [429, "rate_limit_error"],
  [503, "server_error"],
])("status %d is of type %s", (status, type) => {
  expect(JSON.parse(errorBody({ status, code: "x", message: "m" }))).toEqual({
    error: { message: "m", type, param: null, code: "x" },
  });
});

test("a stream that failed has no end mark", () => {
  expect(failedStream({ code: "x", message: "m" })).not.toContain("[DONE]");
});
