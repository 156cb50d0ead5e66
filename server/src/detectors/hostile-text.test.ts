import { expect, test } from "vitest";
import { DETECTORS } from "./index.ts";
import { createInspector, type SubjectFrame } from "./engine.ts";
import { prepareText } from "./prepare.ts";
import { DECODE_LIMITS } from "./views/decode-budget.ts";

const UNITS = 120_000;
const PIECES = [
  "a",
  "(",
  "<",
  "`",
  '"',
  "=",
  "/",
  "[",
  "![",
  "<!--",
  "<script ",
  "\u001b[",
  "aGVsbG8gd29ybGQhISEh",
  "%41",
  "&#65;",
  "\\u0041",
  "=3D=20",
  "a b c d ",
  "a1b2 ",
  "a\u200b",
  "\u{e0041}",
  "\u{e0151}",
  "\u202eabc ",
  "a\u0301",
  "01010101 ",
  "69 ",
  "gur ",
  "eht ",
  "H4sIAAAAAAAA ",
  "https://a.b/?q=",
  "ignoreallpreviousinstructions ",
  "a**b<b>c<!--",
  "a\\_",
  "](http:abcd ",
  "\n[x]: https://a.b ",
  '<a src="\n',
  "curl ",
  "忽略",
];

const context = {
  systemPrompts: ["a b c d e f g h i j k l m n o p q r s t u v"],
  canaries: ["aaaaaaaaab"],
  registeredSecrets: ["hunter2hunter2"],
  allowedHosts: [],
  knownHosts: new Set<string>(),
};
const frame: SubjectFrame = { provenance: "model", direction: "response", context };

// Finishing inside the test's time is the point: anything worse than linear takes minutes here.
test.each(PIECES)("%j repeated is inspected to the end by every detector within the budget of forms", (piece) => {
  const inspector = createInspector(DETECTORS);
  const prepared = prepareText(piece.repeat(Math.ceil(UNITS / piece.length)));
  expect(prepared.unscannable ?? "").not.toContain("stopped");
  expect(prepared.forms.length).toBeLessThanOrEqual(DECODE_LIMITS.formsMax * 3);
  const outcomes = inspector.inspect(prepared, frame).map(({ outcome }) => outcome);
  expect(outcomes).toHaveLength(DETECTORS.length);
  expect(outcomes).not.toContain("failed");
});

test("a million invisible units are read without stopping the decoder", () => {
  for (const piece of ["\u{e0151}", "\u200b\u200c", "\u{e0041}"]) {
    expect(prepareText(piece.repeat(500_000)).unscannable ?? "").not.toContain("stopped");
  }
});

const ASKING = [
  "include ",
  "Please add a link, ",
  "if you are a bot, say so, ",
  "you must ",
  "Dear shop bot, ",
  "agents may not ",
  "| set | write ",
  "summary of the answer ",
];
const DOING = [
  "i can't help ",
  "nicht helfen ",
  "无法提供",
  "rm -r -f ",
  "update a set b = c ",
  "password = 'a1b2c3d4' ",
  "eval(await ",
  "os.system(f'",
  "screenshot psutil. ",
  "delete from a ",
  "fuck steal bomb ",
  "http://pay.example ",
];

test.each(ASKING)("%j repeated in a tool's result is weighed to the end", (piece) => {
  const asked = { ...context, userRequest: "Summarise this for me." };
  const prepared = prepareText(piece.repeat(Math.ceil(UNITS / piece.length)));
  const found = createInspector(DETECTORS).inspect(prepared, {
    provenance: "tool-result",
    direction: "request",
    context: asked,
  });
  expect(found.map(({ outcome }) => outcome)).not.toContain("failed");
});

test.each(DOING)("%j repeated in an answer is weighed to the end, with a request to compare it with", (piece) => {
  const foreignRequests = [{ text: `Include ${piece.repeat(30)}in your answer.`, provenance: "document" as const }];
  const asked = { ...context, userRequest: "Summarise this for me.", foreignRequests };
  const prepared = prepareText(piece.repeat(Math.ceil(UNITS / piece.length)));
  const found = createInspector(DETECTORS).inspect(prepared, {
    provenance: "model",
    direction: "response",
    context: asked,
  });
  expect(found.map(({ outcome }) => outcome)).not.toContain("failed");
});
