import { describe, expect, test } from "vitest";
import type { CataloguedDetector } from "./catalogued.ts";
import type { Detection } from "./detector.ts";
import { createInspector } from "./engine.ts";
import { DETECTORS } from "./index.ts";
import { prepareText } from "./prepare.ts";
import { readSamples, sampleContext, sampleText } from "./sample-suite.ts";

// What a policy may cut out of a stream: of these nothing may be let go before it is known.
const REDACTABLE: ReadonlySet<string> = new Set(["secret", "personal_data", "internal_name", "unsafe_markup"]);
/** A sign, a name or the letters that a value begins with may have gone before anything speaks for a match. */
const PREFIX_UNITS_MAX = 4;
const TEXT_UNITS_MAX = 500;

const spanDetectors = DETECTORS.filter(
  ({ stream, categories }) => stream.kind === "span" && categories.some((category) => REDACTABLE.has(category)),
);

const key = ({ category, type, start, end }: Detection): string => `${category} ${type} ${start} ${end}`;

const inspectionOf = (detector: CataloguedDetector, settings: unknown) =>
  createInspector([detector], settings === undefined ? {} : { [detector.id]: settings });

const streamed = (detector: CataloguedDetector) => {
  const { positive, evasion } = readSamples(detector.id);
  return [...positive, ...evasion]
    .map((sample) => ({
      name: sample.name,
      settings: sample.settings,
      context: sampleContext(sample),
      text: `Sure, here it is.\n${sampleText(sample)}\nThat was all of it, there is nothing more to say about this.`,
    }))
    .filter(({ text }) => text.length <= TEXT_UNITS_MAX);
};

for (const detector of spanDetectors) {
  describe(`${detector.id} in a stream`, () => {
    test.each(streamed(detector))(
      "finds the same, and lets go of nothing that is still to be known: $name",
      (sample) => {
        const { text, context, settings } = sample;
        const inspector = inspectionOf(detector, settings);
        const frame = { provenance: "model", direction: "response", context } as const;
        const whole = inspector.inspect(prepareText(text), frame)[0]?.detections ?? [];
        const expected = whole.filter(({ view }) => view === "original");

        const check = (pieces: readonly string[], how: string): void => {
          const stream = inspector.stream(frame);
          const found: Detection[] = [];
          for (const step of [...pieces.map((piece) => stream.feed(piece)), stream.end()]) {
            found.push(...step.detections);
            for (const one of expected) {
              const isKnown = found.some(({ start, end }) => start <= one.start && end >= one.end);
              if (!isKnown) {
                expect(step.releasable, `${how}: ${key(one)}`).toBeLessThanOrEqual(one.start + PREFIX_UNITS_MAX);
              }
            }
          }
          expect(
            found
              .filter(({ view }) => view === "original")
              .map(key)
              .sort(),
            how,
          ).toEqual(expected.map(key).sort());
        };
        check([...text], "unit by unit");
        for (let cut = 1; cut < text.length; cut++) check([text.slice(0, cut), text.slice(cut)], `cut at ${cut}`);
      },
    );
  });
}

test.each(["_", "*", "<b>", "`"])("a key with %j inside is held back until it is whole", (mark) => {
  const id = "secrets";
  const inspector = createInspector(DETECTORS.filter((detector) => detector.id === id));
  const written = mark === "_" ? "\\_" : `_${mark}`;
  const key = `ghp${written}JTFDQ74q69dTcada4PR0NfyttUMk931FMdux`;
  const text = `Sure, use ${key} and be quick.`;
  const context = { systemPrompts: [], canaries: [], registeredSecrets: [], allowedHosts: [], knownHosts: new Set("") };
  const stream = inspector.stream({ provenance: "model", direction: "response", context });
  const found: Detection[] = [];
  for (const step of [...Array.from(text, (unit) => stream.feed(unit)), stream.end()]) {
    found.push(...step.detections);
    if (found.length === 0) expect(step.releasable).toBeLessThanOrEqual(text.indexOf(key) + PREFIX_UNITS_MAX);
  }
  expect(found.map(({ start, end }) => text.slice(start, end))).toEqual([key]);
});
