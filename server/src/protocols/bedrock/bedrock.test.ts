import { AwsV4Signer } from "aws4fetch";
import { expect, test } from "vitest";
import { ENCODED, scanned } from "../json/scan.fixture.ts";
import { decodeRequest, decodeResponse } from "./decode.ts";
import { isKeyPair, regionOf, signedHeaders } from "./sign.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const MARK = "the words of somebody";
const asked = (role: string, block: unknown) => ({ messages: [{ role, content: [block] }] });
const requestOf = (body: unknown) => {
  const decoded = decodeRequest(scanned(body));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};
const HI = asked("user", { text: "Hi" });

test.each([
  ["a user's text", asked("user", { text: MARK }), "user"],
  ["a model's text", asked("assistant", { text: MARK }), "model"],
  [
    "a call's arguments",
    asked("assistant", { toolUse: { toolUseId: "t", name: "f", input: { a: [MARK] } } }),
    "tool-arguments",
  ],
  [
    "arguments that no model wrote",
    asked("user", { toolUse: { toolUseId: "t", name: "f", input: { a: MARK } } }),
    "user",
  ],
  ["a result", asked("user", { toolResult: { toolUseId: "t", content: [{ json: { a: MARK } }] } }), "tool-result"],
  ["a document's text", asked("user", { document: { name: "d", format: "txt", source: { text: MARK } } }), "document"],
  ["a thought", asked("assistant", { reasoningContent: { reasoningText: { text: MARK } } }), "model"],
  ["the system", { ...HI, system: [{ text: MARK }] }, "system"],
  ["a tool", { ...HI, toolConfig: { tools: [{ toolSpec: { name: "f", description: MARK } }] } }, "tool-description"],
  ["a field that nobody knows", { ...HI, other: MARK }, "user"],
])("%s is read as who could have written it", (_, body, provenance) => {
  const found = requestOf(body).segments.filter(({ text }) => text === MARK);
  expect(found.map((one) => one.provenance)).toEqual([provenance]);
});

test.each([
  ["an image", { image: { format: "png", source: { bytes: ENCODED } } }, "image"],
  ["a document", { document: { name: "d", format: "pdf", source: { bytes: ENCODED } } }, "document as bytes"],
  ["an image in a result", { toolResult: { toolUseId: "t", content: [{ image: {} }] } }, "image"],
  ["a block of a kind to come", { hologram: {} }, "a part of unknown type"],
])("%s is named as unscannable", (_, block, reason) => {
  expect(requestOf(asked("user", block)).unscannable.map((one) => one.reason)).toEqual([reason]);
});

test.each([
  ["no messages", {}],
  ["a role that is not known", asked("developer", { text: "x" })],
  ["content that is a string", { messages: [{ role: "user", content: "x" }] }],
])("%s is refused", (_, body) => {
  expect(decodeRequest(scanned(body)).ok).toBe(false);
});

test("an answer names its calls, how much was used and how it ended", () => {
  const content = [{ toolUse: { toolUseId: "t", name: "f", input: { a: "x" } } }];
  const body = {
    output: { message: { role: "assistant", content } },
    stopReason: "tool_use",
    usage: { inputTokens: 3, outputTokens: 2, cacheReadInputTokens: 4 },
  };
  expect(decodeResponse(scanned(body), 0)).toMatchObject({
    value: {
      toolCalls: [{ id: "t", name: "f" }],
      finishReason: "tool_use",
      usage: { inputTokens: 7, outputTokens: 2 },
    },
  });
});

test("a stream refuses arguments without a call, blocks that end twice and events without a name", () => {
  const delta = (one: unknown) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: one } });
  const stop = { contentBlockStop: { contentBlockIndex: 0 } };
  const all = (...events: unknown[]) => {
    const decoder = createStreamDecoder();
    return events.map((event) => decoder.decode(JSON.stringify(event)).ok);
  };
  expect(all(delta({ toolUse: { input: "{}" } }))).toEqual([false]);
  expect(all(delta({ text: "a" }), stop, delta({ text: "b" }))).toEqual([true, true, false]);
  expect(all({ a: 1, b: 2 }, "x")).toEqual([false, false]);
});

test.each([
  ["AKIDEXAMPLEEXAMPLE01:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"],
  ["ASIAEXAMPLEEXAMPLE01:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY:a/session+token=="],
])("requests are signed as the other signer signs them", async (credential) => {
  const url = new URL("https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn%3Aaws%3Abedrock%2Fx-v1%3A0/converse");
  const body = '{"messages":[]}';
  const own = signedHeaders({
    method: "POST",
    url,
    body: Buffer.from(body),
    credential,
    region: "eu-west-1",
    nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  });
  const [accessKeyId = "", secretAccessKey = "", sessionToken] = credential.split(":");
  const other = await new AwsV4Signer({
    method: "POST",
    url: url.href,
    body,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: "bedrock",
    region: "eu-west-1",
    datetime: "20260102T030405Z",
    headers: { "x-amz-content-sha256": own["x-amz-content-sha256"] ?? "" },
  }).sign();
  expect(own["authorization"]).toBe(other.headers.get("authorization"));
});

test("an API key is no pair of keys, and the region is the host's before the caller's", () => {
  expect(["AKIDEXAMPLEEXAMPLE01:wJalrXUtnFEMIK7MDENG", "ABSKQmVkcm9ja0FQSUtleS1abc"].map(isKeyPair)).toEqual([
    true,
    false,
  ]);
  const caller = "AWS4-HMAC-SHA256 Credential=AKID/20260102/ap-south-1/bedrock/aws4_request, SignedHeaders=host";
  expect([
    regionOf("bedrock-runtime.us-gov-west-1.amazonaws.com", caller),
    regionOf("127.0.0.1:1", caller),
    regionOf("127.0.0.1:1", undefined),
  ]).toEqual(["us-gov-west-1", "ap-south-1", "us-east-1"]);
});
