import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogued } from "../catalogued.ts";
import { createInspector } from "../engine.ts";
import { prepareText } from "../prepare.ts";
import { readSamples, sampleText } from "../sample-suite.ts";
import { secretsDetector } from "./index.ts";

const frame = {
  provenance: "user",
  direction: "request",
  context: { systemPrompts: [], canaries: [], registeredSecrets: [], allowedHosts: [], knownHosts: new Set<string>() },
} as const;
const inspector = createInspector([catalogued(secretsDetector)]);
const find = (text: string) => inspector.inspect(prepareText(text), frame)[0]?.detections ?? [];
const samples = readSamples("secrets");
const key = ["sk", "-proj-", "hT4kQz9LmW2xVb7NcR5yJd8FgP3sAe6U"].join("");

test("a span covers the secret and nothing else", () => {
  const text = `export OPENAI_API_KEY="${key}"; echo done`;
  expect(find(text).map(({ start, end }) => text.slice(start, end))).toEqual([key]);
});

test("a reason never quotes what was found", () => {
  for (const sample of [...samples.positive, ...samples.evasion]) {
    const text = sampleText(sample);
    for (const { start, end, reason } of find(text)) {
      const secret = text.slice(start, end);
      for (let index = 0; index + 6 <= secret.length; index += 1)
        expect(reason).not.toContain(secret.slice(index, index + 6));
    }
  }
});

test("one place is one detection, whatever forms and formats see it", () => {
  const [first, ...others] = find(`api_key = "${key}"`);
  expect(first?.type).toBe("openai-api-key");
  expect(first?.view).toBe("original");
  expect(others).toEqual([]);
});

test("a key behind a row of its own prefix is found", () => {
  const found = find(`${"sk-".repeat(500)} ${"sk-".repeat(40)}${key.slice(3)} ${key}`);
  expect(found.map(({ type }) => type)).toContain("openai-api-key");
});

test("more secrets than are reported make the text unscannable, beside the surest of them", () => {
  const table = (rows: number): string =>
    Array.from({ length: rows }, (_, row) => `"${key.slice(0, -4)}${(1_000 + row).toString()}"`).join("\n");
  const inspect = (rows: number) => inspector.inspect(prepareText(table(rows)), frame)[0];
  expect(inspect(500)).toMatchObject({ outcome: "inspected" });
  expect(inspect(501)).toMatchObject({ outcome: "unscannable", reason: "more than 500 secrets in one text" });
  for (const rows of [500, 501]) expect(inspect(rows)?.detections).toHaveLength(500);
});

test("an ignored type is not reported", () => {
  const quiet = createInspector([catalogued(secretsDetector)], {
    secrets: { ignoredTypes: ["openai-api-key"], assignments: false },
  });
  expect(quiet.inspect(prepareText(`key ${key}`), frame)[0]?.detections).toEqual([]);
});

test("literals are in lower case and stand once", () => {
  const literals = secretsDetector.literals ?? [];
  expect(literals).toEqual(literals.map((literal) => literal.toLowerCase()));
  expect(new Set(literals).size).toBe(literals.length);
});

test("any text is inspected without failure and spans stay inside", () => {
  const pieces = fc.constantFrom(
    "sk-",
    "eyJ",
    "token",
    "password",
    ": ",
    "=",
    '"',
    "'",
    "://",
    "@",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "\n",
    "\\n",
    " is ",
    "aB3",
    "%3D",
    "😀",
    "AKIA",
    "linear",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 12 })), { maxLength: 40 }), (parts) => {
      expect(inspector.inspect(prepareText(parts.join("")), frame)[0]?.outcome).not.toBe("failed");
    }),
    { numRuns: 300 },
  );
});

describe("in a stream", () => {
  const lead = "Sure, here it is. ";
  const whole = (secret: string): string => `${lead}${secret} and that was all of it, nothing more to say.`;
  const streamed = samples.positive
    .concat(samples.evasion.filter(({ build }) => build.includes("reverse") || build.includes("spaced")))
    .map((sample) => ({ name: sample.name, text: sampleText(sample) }))
    .filter(({ text }) => text.length < 400);

  test.each(streamed)("nothing of a secret is let go before it is known: $name", ({ text }) => {
    const full = whole(text);
    const spans = find(full);
    expect(spans).not.toEqual([]);
    const stream = inspector.stream(frame);
    const reported = new Set<number>();
    for (const unit of full) {
      const { detections, releasable } = stream.feed(unit);
      for (const { start } of detections) reported.add(start);
      for (const { start, end } of spans) {
        // Until it is reported, at most a gate's prefix may have gone.
        if (!reported.has(start)) expect(releasable, full.slice(start, end)).toBeLessThanOrEqual(start + 4);
      }
    }
  });

  test("a private key is held from its first line to its last", () => {
    const body = Array.from({ length: 24 }, (_, row) =>
      Array.from({ length: 64 }, (_unit, at) => "abcDEF0123+/xyzQWRTY"[(row * 7 + at * 11) % 20]).join(""),
    ).join("\n");
    const begin = ["-----BEGIN RSA PRI", "VATE KEY-----"].join("");
    const text = `Here:\n${begin}\n${body}\n-----END RSA PRIVATE KEY-----\nbye`;
    const stream = inspector.stream(frame);
    let released = 0;
    let reported = false;
    for (let at = 0; at < text.length; at += 5) {
      const step = stream.feed(text.slice(at, at + 5));
      reported ||= step.detections.length > 0;
      released = step.releasable;
      if (!reported) expect(released).toBeLessThanOrEqual(text.indexOf(begin) + 5);
    }
    expect(reported || stream.end().detections.length > 0).toBe(true);
  });

  test.each([
    ["a plain last word", "The weather is nice", 19],
    ["the start of a key", "The key: gh", 9],
    ["a started assignment", "Set password = ", 4],
    ["a started private key", "x -----BEGIN PRIVATE KEY-----\nabc", 2],
    ["a finished public key", "x -----BEGIN PUBLIC KEY-----\nabc", 32],
  ])("holds from where a secret could begin: %s", (_, window, from) => {
    const { stream } = secretsDetector;
    expect(stream.kind === "span" && stream.holdFrom(window)).toBe(from);
  });
});

describe("beside secretlint's recommended rules", () => {
  const lint = async (content: string) =>
    (
      await lintSource({
        source: { filePath: "sample.txt", content, contentType: "text", ext: ".txt" },
        options: { config: { rules: [{ id: "preset", rule: creator, options: {} }] }, noPhysicFilePath: true },
      })
    ).messages;

  test("what it finds in the positive samples, this detector finds at the same place", async () => {
    let agreed = 0;
    for (const sample of samples.positive) {
      const text = sampleText(sample);
      const spans = find(text);
      for (const { range } of await lint(text)) {
        const [start, end] = range;
        expect(
          spans.some((span) => span.start < end && start < span.end),
          sample.name,
        ).toBe(true);
        agreed += 1;
      }
    }
    expect(agreed).toBeGreaterThan(10);
  });
});
