import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_TENANT, SecondOpinionConfiguration } from "@parapet/model";
import * as fc from "fast-check";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { systemClock } from "#platform";
import { findPackages } from "./onnx-packages.ts";
import { ATTACK_TOKEN, STAND_INS, TOKENIZER, wordSpotter } from "./onnx-model.fixture.ts";
import { openAdvisor } from "./open-advisor.ts";
import { createSecondOpinion, type SecondOpinion } from "./second-opinion.ts";
import { frameOf, tokenWindows } from "./token-windows.ts";

const folder = mkdtempSync(join(tmpdir(), "parapet-onnx-"));
for (const [name, source] of Object.entries(STAND_INS)) {
  mkdirSync(join(folder, "node_modules", name), { recursive: true });
  writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify({ name, main: "index.cjs" }));
  writeFileSync(join(folder, "node_modules", name, "index.cjs"), source);
}
writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(TOKENIZER));
afterAll(() => rmSync(folder, { recursive: true }));

const opened: SecondOpinion[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const open = (model: Buffer | string, more: Readonly<Record<string, unknown>> = {}): SecondOpinion => {
  writeFileSync(join(folder, "model.onnx"), model);
  const settings = SecondOpinionConfiguration.parse({
    kind: "onnx",
    model: "model.onnx",
    tokenizer: "tokenizer.json",
    timeoutMs: 20_000,
    ...more,
  });
  const made = openAdvisor(settings, undefined, folder);
  if (!made.ok) throw new Error(made.message);
  const opinion = createSecondOpinion(settings, made.advisor, { clock: systemClock });
  opened.push(opinion);
  return opinion;
};
const ask = (opinion: SecondOpinion, text: string) =>
  opinion.ask({ tenant: DEFAULT_TENANT, text, provenance: "user", category: "jailbreak", confidence: 0.6 });

const PLAIN = "The library is open";
const HOSTILE = "Attack the library";

/** Where the real packages are: here, or where the environment says. */
const realPackages = process.env["PARAPET_ONNX_PACKAGES"] ?? import.meta.dirname;
const hasReal = findPackages(realPackages).ok;

describe.skipIf(!hasReal)("a model of the operator's, with the real packages", () => {
  test("is read by its tokenizer and asked in a thread", async () => {
    const opinion = open(wordSpotter(ATTACK_TOKEN), { packages: realPackages });
    expect([opinion.name, opinion.isLocal]).toEqual(["model.onnx", true]);
    expect(await ask(opinion, HOSTILE)).toMatchObject({ outcome: "answered", confidence: expect.closeTo(1, 2) });
    expect(await ask(opinion, PLAIN)).toMatchObject({ outcome: "answered", confidence: expect.closeTo(0, 2) });
  });

  test("is read in windows, so that a long text hides nothing in its middle", async () => {
    const opinion = open(wordSpotter(ATTACK_TOKEN), { packages: realPackages, tokensMax: 16 });
    const around = "library ".repeat(20);
    expect(await ask(opinion, `${around}attack ${around}`)).toMatchObject({ confidence: expect.closeTo(1, 2) });
  });

  test("that is no model is a reason, not a crash", async () => {
    expect(await ask(open("nothing", { packages: realPackages }), HOSTILE)).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("the model cannot be loaded"),
    });
  });
});

describe("threads", () => {
  test.each(["two", "single"])("answer with a model of %s outputs", async (kind) => {
    const opinion = open(kind, { concurrency: 2 });
    const [hostile, plain] = await Promise.all([ask(opinion, HOSTILE), ask(opinion, PLAIN)]);
    expect(hostile).toMatchObject({ outcome: "answered", confidence: expect.closeTo(1, 1) });
    expect(plain).toMatchObject({ outcome: "answered", confidence: expect.closeTo(0, 1) });
  });

  test.each([
    ["broken", "the model cannot be loaded: no such operator"],
    ["strange", 'the model has an input "pixels" that a text classifier has not'],
    ["nan", "the model's output is not one number per label"],
    ["dead", "the thread ended"],
  ])("say why there is no answer: a %s model", async (kind, reason) => {
    expect(await ask(open(kind), HOSTILE)).toEqual({ outcome: "failed", reason });
  });

  test("that hang are ended, and the next question finds another", async () => {
    const opinion = open("endless", { timeoutMs: 1_500 });
    expect(await ask(opinion, HOSTILE)).toMatchObject({ outcome: "failed" });
    writeFileSync(join(folder, "model.onnx"), "two");
    await expect.poll(async () => (await ask(opinion, HOSTILE)).outcome, { timeout: 10_000 }).toBe("answered");
  });

  test("refuse labels that the model has not", async () => {
    expect(await ask(open("two", { attack_labels: [2] }), HOSTILE)).toMatchObject({
      reason: expect.stringContaining("attack_labels"),
    });
  });
});

test("what is missing is named with the line that installs it", () => {
  expect(() => open("two", { packages: tmpdir() })).toThrow(
    `npm install --prefix ${tmpdir()} onnxruntime-node @huggingface/tokenizers`,
  );
  expect(() => open("two", { tokenizer: "nowhere.json" })).toThrow("second_opinion.tokenizer: there is no file");
});

describe("windows of tokens", () => {
  test("with their frame cover the text wherever it is not too long, and are never too long themselves", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 200 }),
        fc.array(fc.nat(50), { maxLength: 2 }),
        fc.array(fc.nat(50), { maxLength: 2 }),
        fc.integer({ min: 8, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        (bare, before, after, tokensMax, windowsMax) => {
          const windows = tokenWindows(bare, { before, after }, { tokensMax, windowsMax });
          expect(windows.length).toBeGreaterThan(0);
          expect(windows.length).toBeLessThanOrEqual(windowsMax);
          for (const window of windows) {
            expect(window.length).toBeLessThanOrEqual(tokensMax);
            expect(window.slice(0, before.length)).toEqual(before);
            expect(window.slice(window.length - after.length)).toEqual(after);
          }
          const inner = windows.map((window) => window.slice(before.length, window.length - after.length));
          const stride = Math.floor((tokensMax - before.length - after.length) / 2);
          const joined = inner.flatMap((window, index) =>
            index === inner.length - 1 ? window : window.slice(0, stride),
          );
          if (windows.length < windowsMax) expect(joined).toEqual(bare);
        },
      ),
    );
  });

  test("the frame is what a tokenizer puts around a text", () => {
    expect(frameOf([1, 5, 6, 2], [5, 6])).toEqual({ before: [1], after: [2] });
    expect(frameOf([5, 6, 2], [5, 6])).toEqual({ before: [], after: [2] });
    expect(frameOf([1, 2], [])).toEqual({ before: [], after: [1, 2] });
    expect(frameOf([9, 9], [5])).toEqual({ before: [], after: [] });
  });
});
