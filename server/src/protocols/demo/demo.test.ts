import { describe, expect, test } from "vitest";
import { DEMO_STEPS, demoAnswer, demoStream, PROTOCOLS } from "../index.ts";
import { scanned } from "../json/scan.fixture.ts";

const endpoint = PROTOCOLS.find(({ id }) => id === "openai")?.endpoints.find(
  ({ name }) => name === "POST /chat/completions",
);
if (endpoint?.streamDecoder === undefined) throw new Error("no chat completions");
const { decodeRequest, decodeResponse, streamDecoder } = endpoint;

const contentOf = (request: unknown): string => {
  const decoded = decodeResponse(scanned(demoAnswer(request)), 0);
  if (!decoded.ok) throw new Error(decoded.refusal.message);
  return decoded.value.segments.map(({ text }) => text).join("");
};

test("the guided minute has its five steps in order", () => {
  expect(DEMO_STEPS.map(({ id }) => id)).toEqual([
    "benign-question",
    "leaked-key",
    "injected-document",
    "hidden-unicode",
    "blocked-exfiltration",
  ]);
});

describe.each(DEMO_STEPS.map((step) => [step.id, step] as const))("%s", (_, step) => {
  test("is a request that decodes, answered by what says it is a scripted model", () => {
    expect(decodeRequest(scanned(step.body)).ok).toBe(true);
    expect(contentOf(step.body)).toContain("scripted demo model");
    expect(demoAnswer(step.body)["model"]).toBe("parapet-demo");
  });

  test("streams the same words", () => {
    const decoder = streamDecoder(0);
    const events = demoStream(step.body).map((data) => {
      const event = decoder.decode(data);
      if (!event.ok) throw new Error(event.refusal.message);
      return event.value;
    });
    expect(events.flatMap(({ texts }) => texts.map(({ delta }) => delta)).join("")).toBe(contentOf(step.body));
    expect(events.at(-1)?.done).toBe(true);
    expect(events.some(({ finishReason }) => finishReason === "stop")).toBe(true);
  });

  test("has words for a person", () => {
    for (const words of [step.title, step.story, step.expect]) expect(words.length).toBeGreaterThan(10);
  });
});

test("each step is answered by its own words, not by the fallback", () => {
  const fallback = contentOf({ messages: [{ role: "user", content: "anything else" }] });
  expect(new Set([fallback, ...DEMO_STEPS.map(({ body }) => contentOf(body))]).size).toBe(DEMO_STEPS.length + 1);
});

test("a key that was redacted on the way in is not in the answer", () => {
  const step = DEMO_STEPS.find(({ id }) => id === "leaked-key");
  const key = /sk-proj-\w+/.exec(JSON.stringify(step?.body))?.[0] ?? "";
  expect(key.length).toBeGreaterThan(40);
  expect(contentOf(step?.body)).toContain(key);
  const redacted: unknown = JSON.parse(JSON.stringify(step?.body).replaceAll(key, "[secret]"));
  expect(contentOf(redacted)).not.toContain(key);
  expect(contentOf(redacted)).toContain("[secret]");
});

test("the hidden text is in no visible character", () => {
  const body = JSON.stringify(DEMO_STEPS.find(({ id }) => id === "hidden-unicode")?.body);
  expect(body).not.toContain("previous instructions");
  expect(Array.from(body).some((letter) => (letter.codePointAt(0) ?? 0) >= 0xe0000)).toBe(true);
});

test("usage is streamed only when it was asked for", () => {
  const usage = (request: object): boolean => demoStream(request).some((data) => data.includes('"usage"'));
  expect(usage({ messages: [] })).toBe(false);
  expect(usage({ messages: [], stream_options: { include_usage: true } })).toBe(true);
});

test.each([
  ["nothing", undefined],
  ["a number", 5],
  ["messages that are no list", { messages: 1 }],
  ["parts", { messages: [{ role: "user", content: [{ type: "text", text: "tomato" }, 5] }] }],
])("%s is answered, too", (_, request) => {
  expect(contentOf(request)).toContain("scripted demo model");
});
