import { expect, test } from "vitest";
import { loadRules } from "./index.ts";

const rule = (name: string, verdict: string): string =>
  `title: ${name} ${verdict}\nname: ${name}\nlogsource: {product: ai, service: llm_gateway}\ndetection: {s: {verdict: ${verdict}}, condition: s}\n`;
const event = { source: "gateway", kind: "exchange.closed", body: { verdict: "redact" } };

test("a rule of the overlay stands in the place of the file's, and correlations stand on it", () => {
  const files = [
    { path: "a.yml", text: rule("a", "block") },
    { path: "b.yml", text: rule("b", "block") },
    {
      path: "c.yml",
      text: "title: C\nname: c\ncorrelation: {type: event_count, rules: [a], group-by: [principal], timespan: 5m, condition: {gte: 2}}\n",
    },
  ];
  const { set, diagnostics } = loadRules(files, undefined, [{ path: "over.yml", text: rule("a", "redact") }]);
  expect(diagnostics).toEqual([]);
  expect(set.rules.map(({ key, file }) => [key, file])).toEqual([
    ["a", "over.yml"],
    ["b", "b.yml"],
  ]);
  expect(set.hits(event).map(({ key }) => key)).toEqual(["a"]);
  expect(set.correlations.map(({ rules }) => rules)).toEqual([["a"]]);
  expect(loadRules(files).set.hits(event)).toEqual([]);
});

test("a broken rule of the overlay leaves the file's in force, and is said", () => {
  const { set, diagnostics } = loadRules([{ path: "a.yml", text: rule("a", "block") }], undefined, [
    { path: "over.yml", text: "title: A\nname: a\ndetection: {condition: s}\n" },
  ]);
  expect(set.rules.map(({ file }) => file)).toEqual(["a.yml"]);
  expect(diagnostics.some(({ file, level }) => file === "over.yml" && level === "error")).toBe(true);
});
