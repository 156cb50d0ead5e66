import { describe, expect, test } from "vitest";
import { ENCODED, scanned } from "../json/scan.fixture.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const MARK = "the words of somebody";
const parts = (...all: unknown[]) => ({ parts: all });
const asked = (role: string, part: unknown) => ({ contents: [{ role, ...parts(part) }] });
const requestOf = (body: unknown) => {
  const decoded = decodeRequest(scanned(body));
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value;
};

test.each([
  ["a user's text", asked("user", { text: MARK }), "user"],
  ["a text without a role", { contents: [parts({ text: MARK })] }, "user"],
  ["one content that is no list", { contents: parts({ text: MARK }) }, "user"],
  ["a model's text", asked("model", { text: MARK }), "model"],
  ["a call's arguments", asked("model", { functionCall: { name: "f", args: { to: [MARK] } } }), "tool-arguments"],
  [
    "the same in the other spelling",
    asked("model", { function_call: { name: "f", args: { to: MARK } } }),
    "tool-arguments",
  ],
  ["arguments that no model wrote", asked("user", { functionCall: { name: "f", args: { to: MARK } } }), "user"],
  ["code that a model wrote", asked("model", { executableCode: { language: "PYTHON", code: MARK } }), "tool-arguments"],
  [
    "what the code said",
    asked("model", { codeExecutionResult: { outcome: "OUTCOME_OK", output: MARK } }),
    "tool-result",
  ],
  ["a result", asked("user", { functionResponse: { name: "f", response: { output: MARK } } }), "tool-result"],
  ["a result of the old role", asked("function", { text: MARK }), "tool-result"],
  ["a file's name", asked("user", { fileData: { fileUri: "gs://a/b", displayName: MARK } }), "document"],
  ["the instruction", { contents: [], systemInstruction: parts({ text: MARK }) }, "system"],
  ["the instruction, spelled otherwise", { contents: [], system_instruction: parts({ text: MARK }) }, "system"],
  [
    "a tool",
    { contents: [], tools: [{ functionDeclarations: [{ name: "f", description: MARK }] }] },
    "tool-description",
  ],
  ["a schema", { contents: [], generationConfig: { responseSchema: { description: MARK } } }, "developer"],
  ["a request to be counted", { generateContentRequest: asked("model", { text: MARK }) }, "model"],
  ["a text for a vector", { requests: [{ content: parts({ text: MARK }) }] }, "user"],
  ["a field that nobody knows", { contents: [], other: MARK }, "user"],
])("%s is read as who could have written it", (_, body, provenance) => {
  const found = requestOf(body).segments.filter(({ text }) => text === MARK);
  expect(found.map((one) => one.provenance)).toEqual([provenance]);
});

test.each([
  ["an image", { inlineData: { mimeType: "image/png", data: ENCODED } }, "image"],
  ["a document", { inline_data: { mime_type: "application/pdf", data: ENCODED } }, "document as bytes"],
  ["a file elsewhere", { fileData: { fileUri: "gs://a/b" } }, "a file at an address or kept by the provider"],
  ["a part of a kind to come", { hologram: { size: 3 } }, "a part of unknown type"],
])("%s is named as unscannable", (_, part, reason) => {
  expect(requestOf(asked("user", part)).unscannable.map((one) => one.reason)).toContain(reason);
});

test.each([
  ["a role that is not known", asked("developer", { text: "x" })],
  ["parts that are no list", { contents: [{ role: "user", parts: { text: "x" } }] }],
  ["a content that is a string", { contents: ["x"] }],
  ["requests in requests", { requests: [{ requests: [{ content: parts({ text: "x" }) }] }] }],
])("%s is refused", (_, body) => {
  expect(decodeRequest(scanned(body)).ok).toBe(false);
});

test("what is kept by the provider is named, and who the session is", () => {
  const body = {
    cachedContent: "cachedContents/a",
    systemInstruction: parts({ text: "S" }),
    contents: [
      { role: "user", ...parts({ text: "Q" }) },
      { role: "model", ...parts({ text: "A" }) },
      { role: "user", ...parts({ text: "Q2" }) },
    ],
    generationConfig: { maxOutputTokens: 9 },
  };
  const { refersTo, fingerprint, tokensMax } = requestOf(body);
  expect([refersTo, fingerprint]).toEqual([[{ id: "cachedContents/a", pointer: "/cachedContent" }], ["S", "Q"]]);
  expect(tokensMax).toBeGreaterThan(9);
});

const candidate = (more: object) => ({ candidates: [{ index: 0, ...more }] });

describe("answers", () => {
  test("name their calls, how much was used and how they ended", () => {
    const body = {
      ...candidate({
        content: parts({ functionCall: { id: "c", name: "f", args: { a: "x", b: { c: "y" } } } }),
        finishReason: "STOP",
      }),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 5 },
      modelVersion: "gemini-9",
    };
    const decoded = decodeResponse(scanned(body), 4);
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        model: "gemini-9",
        finishReason: "STOP",
        usage: { inputTokens: 3, outputTokens: 7 },
        toolCalls: [{ id: "c", name: "f" }],
      },
    });
  });

  test("log probabilities go when the text they spell is edited", () => {
    const body = candidate({
      content: parts({ text: "secret" }),
      logprobsResult: { chosenCandidates: [{ token: "secret", logProbability: -1 }] },
    });
    const decoded = decodeResponse(scanned(body), 0);
    expect(decoded.ok && decoded.value.dependents).toMatchObject([{ token: "{}", segments: [0] }]);
  });
});

describe("streams", () => {
  const event = (body: unknown) => {
    const decoded = createStreamDecoder().decode(JSON.stringify(body));
    if (!decoded.ok) throw new Error(decoded.refusal.message);
    return decoded.value;
  };

  test("pieces of one candidate are one text, wherever in its parts they stand, thoughts another", () => {
    const read = event(candidate({ content: parts({ text: "a" }, { text: "t", thought: true }, { text: "b" }) }));
    expect(read.texts.map(({ channel, delta }) => [channel, delta])).toEqual([
      ["candidate/0/text", "ab"],
      ["candidate/0/thought", "t"],
    ]);
    expect(read.rewrite(new Map([["candidate/0/text", "X"]]))).toBe(
      JSON.stringify(candidate({ content: parts({ text: "X" }, { text: "t", thought: true }, { text: "" }) })),
    );
  });

  test("an event that is not changed stays the same bytes, spaces and escapes too", () => {
    const text = '{ "candidates" : [ { "content" : { "parts" : [ { "text" : "\\u0041" } ] } } ] }';
    const decoded = createStreamDecoder().decode(text);
    expect(decoded.ok && decoded.value.rewrite(new Map())).toBe(text);
  });

  test("a name and a value of arguments that stand in one place are two texts", () => {
    const read = event(candidate({ content: parts({ functionCall: { name: "f", args: { "the key": "value" } } }) }));
    const channels = read.texts.map(({ channel }) => channel);
    expect(new Set(channels).size).toBe(channels.length);
    expect(read.texts.map(({ kind, delta }) => `${kind} ${delta}`)).toEqual(
      expect.arrayContaining(["tool-arguments value", "tool-arguments the key"]),
    );
  });

  test("a stream is whole when each candidate that began has ended", () => {
    const decoder = createStreamDecoder();
    const unfinished = (body: unknown): number | undefined => {
      const decoded = decoder.decode(JSON.stringify(body));
      return decoded.ok ? decoded.value.unfinished : undefined;
    };
    const two = {
      candidates: [
        { index: 0, content: parts({ text: "a" }) },
        { index: 1, content: parts({ text: "b" }) },
      ],
    };
    expect(unfinished(two)).toBe(2);
    expect(unfinished({ candidates: [{ index: 1, finishReason: "STOP" }] })).toBe(1);
    expect(unfinished({ candidates: [{ index: 0, finishReason: "STOP" }] })).toBe(0);
  });

  test("arguments in pieces are not read, so the event is refused", () => {
    const call = { name: "f", partialArgs: [{ jsonPath: "$.to", stringValue: "a" }], willContinue: true };
    expect(createStreamDecoder().decode(JSON.stringify(candidate({ content: parts({ functionCall: call }) }))).ok).toBe(
      false,
    );
  });
});
