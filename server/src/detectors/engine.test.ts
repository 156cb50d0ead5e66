import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogued, type CataloguedDetector } from "./catalogued.ts";
import { completed, defineDetector, type InspectionContext, type LiteralHit } from "./detector.ts";
import { createInspector, type SubjectFrame } from "./engine.ts";
import { createLiteralAutomaton } from "./literal-automaton.ts";
import { prepareText } from "./prepare.ts";

const context: InspectionContext = {
  systemPrompts: [],
  canaries: [],
  registeredSecrets: [],
  allowedHosts: [],
  knownHosts: new Set(),
};
const frame: SubjectFrame = { provenance: "user", direction: "request", context };

const quiet = defineDetector({
  id: "quiet",
  version: "2",
  title: "Quiet",
  description: "Finds nothing",
  categories: ["secret"],
  contextual: false,
  stream: { kind: "window", stride: 10, reach: 10 },
  settings: z.strictObject({ level: z.number().default(1) }),
  create: () => () => completed(),
});
const outcomeOf = (detector: CataloguedDetector, text = "text"): unknown => {
  const [result] = createInspector([detector]).inspect(prepareText(text), frame);
  return result;
};

describe("the engine", () => {
  test("makes a detector that throws failed and does not repeat its message", () => {
    const throws = {
      ...quiet,
      create: () => () => {
        throw new RangeError("the text itself");
      },
    };
    expect(outcomeOf(catalogued(throws))).toEqual({
      detector: "quiet",
      version: "2",
      outcome: "failed",
      reason: "the detector stopped with RangeError",
      detections: [],
    });
  });

  test("makes a detector that reports a span outside the text failed", () => {
    const outside = {
      category: "secret",
      type: "x",
      confidence: 1,
      severity: "low",
      start: 2,
      end: 9,
      reason: "r",
      view: "original",
    } as const;
    expect(outcomeOf(catalogued({ ...quiet, create: () => () => completed([outside]) }))).toMatchObject({
      outcome: "failed",
    });
  });

  test("never calls inspected what could not be decoded", () => {
    const text = Array.from({ length: 120 }, (_, index) =>
      Buffer.from(`number ${index} of many parts`).toString("base64"),
    ).join(" . . . . ");
    expect(outcomeOf(catalogued(quiet), text)).toMatchObject({
      outcome: "unscannable",
      reason: expect.stringContaining("encoded parts"),
    });
  });

  test("runs a detector with literals only where one of them occurs", () => {
    const loud = {
      ...quiet,
      literals: ["ping"],
      create: () => () => {
        throw new Error("ran");
      },
    };
    expect(outcomeOf(catalogued(loud), "nothing here")).toMatchObject({ outcome: "inspected" });
    expect(outcomeOf(catalogued(loud), "a PING here")).toMatchObject({ outcome: "failed" });
  });

  test("runs the contextual detectors alone when asked to", () => {
    const inspector = createInspector([catalogued(quiet), catalogued({ ...quiet, id: "context", contextual: true })]);
    const names = (selection: "all" | "contextual" | "plain") =>
      inspector.inspect(prepareText("x"), frame, selection).map(({ detector }) => detector);
    expect([names("all"), names("contextual"), names("plain")]).toEqual([["quiet", "context"], ["context"], ["quiet"]]);
  });

  test("gives another digest for other settings and the same for defaults written out", () => {
    const digest = (settings: unknown) =>
      createInspector([catalogued(quiet)], { quiet: settings }).detectors[0]?.configDigest;
    expect(digest({ level: 1 })).toBe(digest(undefined));
    expect(digest({ level: 2 })).not.toBe(digest({ level: 1 }));
  });

  test("refuses settings of a detector that does not exist", () => {
    expect(() => createInspector([catalogued(quiet)], { loud: {} })).toThrow("no detector is called loud");
  });

  test("hands each detector its own hits in order of form and start", () => {
    let seen: readonly LiteralHit[] = [];
    const hits = {
      ...quiet,
      literals: ["abcd", "bc", "привет"],
      create:
        () =>
        ({ hits: own }: { hits: readonly LiteralHit[] }) => {
          seen = own;
          return completed();
        },
    };
    outcomeOf(catalogued(hits), "xABCD bc Привет");
    expect(seen.filter(({ form }) => form === 0).map(({ literal, start, end }) => [literal, start, end])).toEqual([
      [0, 1, 5],
      [1, 2, 4],
      [1, 6, 8],
      [2, 9, 15],
    ]);
  });
});

test("the automaton finds what a search for each literal finds", () => {
  const alphabet = fc.constantFrom("a", "b", "c", "é", "ж", " ");
  const word = fc.array(alphabet, { minLength: 1, maxLength: 4 }).map((units) => units.join(""));
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 12 }),
      fc.array(alphabet, { maxLength: 60 }).map((units) => units.join("")),
      (literals, text) => {
        const found: string[] = [];
        createLiteralAutomaton(literals).scan(text.toUpperCase(), (literal, start, end) =>
          found.push(`${literal} ${start} ${end}`),
        );
        const expected = literals.flatMap((literal, index) =>
          Array.from({ length: text.length }, (_, at) => at)
            .filter((at) => text.startsWith(literal, at))
            .map((at) => `${index} ${at} ${at + literal.length}`),
        );
        expect(found.sort()).toEqual(expected.sort());
      },
    ),
  );
});

test.each([
  ["so much of a literal as stands at the end", ["javascript:"], "see JavaScr", 7],
  ["the longest of several", ["cript", "script"], "a scrip", 5],
  ["nothing in the middle", ["script"], "scrip t", 0],
  ["a whole literal as well", ["rm -"], "sudo rm -", 4],
])("what a text's end begins: %s", (_, literals, text, units) => {
  expect(createLiteralAutomaton(literals).begun(text)).toBe(units);
});
