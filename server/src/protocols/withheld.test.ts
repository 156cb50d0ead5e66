import { describe, expect, test } from "vitest";
import { PROTOCOLS, protocolNamed } from "./index.ts";
import type { Endpoint, RefusalNotice, StreamDecoder } from "./protocol.ts";

const NOTICE: RefusalNotice = {
  code: "approval_required",
  message: "It waits for a person: approval 01990000.",
  exchange: "01990000-0000-7000-8000-000000000001",
  model: "a-model",
  isAnswer: true,
};

const having = (what: "refusal" | "refusalStream"): [string, string, Endpoint][] =>
  PROTOCOLS.flatMap(({ id, endpoints }) =>
    endpoints
      .filter((endpoint) => endpoint[what] !== undefined)
      .map((endpoint): [string, string, Endpoint] => [id, endpoint.name, endpoint]),
  );
const refusing = having("refusal");
const streaming = having("refusalStream");
const decoderOf = (protocol: string): StreamDecoder | undefined =>
  protocolNamed(protocol)
    ?.endpoints.map(({ streamDecoder }) => streamDecoder?.(0))
    .find((decoder) => decoder?.withheld !== undefined);

/** Words by which providers say that their own filter refused. */
const REFUSED = /content_filter|guardrail_intervened|"refusal":"|SAFETY|PROHIBITED|"stop_reason":"refusal"/;

describe("an answer that waits for a person", () => {
  test.each(refusing)("in %s, %s, is the model's own text and no refusal", (_protocol, _name, endpoint) => {
    const whole = endpoint.refusal?.(NOTICE) ?? "";
    expect(whole).toContain(NOTICE.message);
    expect(whole).not.toMatch(REFUSED);
  });

  test.each(streaming)("in a stream of %s, %s, as well", (_protocol, _name, endpoint) => {
    const events = (endpoint.refusalStream?.(NOTICE) ?? []).map(({ data }) => data).join("\n");
    expect(events).toContain(NOTICE.message);
    expect(events).not.toMatch(REFUSED);
  });

  test.each([
    [
      "anthropic",
      '{"type":"content_block_start","index":2,"content_block":{"type":"tool_use"}}',
      /"index":2[^]*message_stop/,
    ],
    [
      "bedrock",
      '{"contentBlockStart":{"contentBlockIndex":3,"start":{"toolUse":{}}}}',
      /"contentBlockIndex":3[^]*end_turn/,
    ],
    ["openai", "{}", /"finish_reason":"stop"[^]*\[DONE\]/],
    ["gemini", "{}", /"finishReason":"STOP"/],
    ["ollama", "{}", /"done":true/],
  ] as const)("ends a stream of %s that was begun, in place of what would come next", (id, next, end) => {
    const events = decoderOf(id)?.withheld?.(NOTICE, next) ?? [];
    const said = events.map(({ data }) => data).join("\n");
    expect(said).toContain(NOTICE.message);
    expect(said).toMatch(end);
  });

  test.each(["anthropic", "bedrock"] as const)("is no event of %s where a block has not ended", (id) => {
    const decoder = decoderOf(id);
    expect(decoder?.withheld?.(NOTICE, '{"type":"content_block_delta","index":0}')).toBeUndefined();
    expect(decoder?.withheld?.(NOTICE, "")).toBeUndefined();
  });
});
