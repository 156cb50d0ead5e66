import { describe, expect, test } from "vitest";
import { createInspector } from "./engine.ts";
import { DETECTORS } from "./index.ts";
import { prepareText } from "./prepare.ts";
import { detectorFolders, readSamples, sampleContext, sampleText, type Sample, type Samples } from "./sample-suite.ts";

test("every detector folder has a line in the catalogue", () => {
  expect(DETECTORS.map(({ id }) => id).sort()).toEqual(detectorFolders().sort());
});

const tryRead = (id: string): Samples | undefined => {
  try {
    return readSamples(id);
  } catch {
    return undefined;
  }
};

for (const detector of DETECTORS) {
  const samples = tryRead(detector.id);
  test(`${detector.id} has positive, negative and evasion samples`, () => {
    expect(() => readSamples(detector.id)).not.toThrow();
  });
  if (samples === undefined) continue;
  const byDefault = createInspector([detector]);
  const detectionsOf = (sample: Sample) => {
    const inspector =
      sample.settings === undefined ? byDefault : createInspector([detector], { [detector.id]: sample.settings });
    const { provenance, direction } = sample;
    const text = sampleText(sample);
    const [result] = inspector.inspect(prepareText(text), { provenance, direction, context: sampleContext(sample) });
    expect(result?.outcome).not.toBe("failed");
    return { text, detections: result?.detections ?? [] };
  };
  const expectFound = (sample: Sample): void => {
    const { text, detections } = detectionsOf(sample);
    const wanted = detections.filter(
      ({ category, type, confidence }) =>
        (sample.category === undefined || category === sample.category) &&
        (sample.type === undefined || type === sample.type) &&
        confidence >= sample.min &&
        confidence <= sample.max,
    );
    expect(wanted, JSON.stringify(detections)).not.toEqual([]);
    for (const { category, start, end, reason } of wanted) {
      expect(detector.categories).toContain(category);
      expect(text.slice(start, end)).not.toBe("");
      expect(reason).not.toBe("");
    }
  };

  describe(detector.id, () => {
    test.each(samples.positive)("finds: $name", expectFound);
    test.each(samples.evasion)("finds behind a disguise: $name", expectFound);
    test.each(samples.negative)("leaves alone: $name", (sample) => {
      expect(detectionsOf(sample).detections.filter(({ confidence }) => confidence >= sample.min)).toEqual([]);
    });
  });
}
