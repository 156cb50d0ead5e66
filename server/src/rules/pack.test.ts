import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadRules } from "./index.ts";

const folder = join(import.meta.dirname, "../../../rules");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yml"))
  .map((path) => ({ path: `rules/${path}`, text: readFileSync(join(folder, path), "utf8") }));
const { set, diagnostics } = loadRules(files);

test("the default pack loads whole and without a single diagnostic", () => {
  expect(diagnostics).toEqual([]);
  expect(set.rules.length).toBe(files.length);
  expect(files.length).toBeGreaterThanOrEqual(16);
});

test("every test in every shipped rule holds", () => {
  expect(set.test().filter(({ passed }) => !passed)).toEqual([]);
});

describe("every shipped rule", () => {
  test.each(set.rules.map((rule) => [rule.key, rule] as const))("%s has what a responder needs", (_, rule) => {
    expect(rule.tests.filter(({ match }) => match).length).toBeGreaterThanOrEqual(2);
    expect(rule.tests.filter(({ match }) => !match).length).toBeGreaterThanOrEqual(2);
    expect(rule.id).toBeDefined();
    expect(rule.description.length).toBeGreaterThan(40);
    expect(rule.triage).toMatch(/^1\. /);
    expect(rule.groupBy.length).toBeGreaterThan(0);
    expect(rule.tags.some((tag) => tag.startsWith("atlas."))).toBe(true);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
    expect(rule.file).toMatch(new RegExp(`/${rule.key}\\.yml$`));
    for (const [, field] of rule.findingTitle.matchAll(/\{([^}]+)\}/g)) expect(rule.groupBy).toContain(field);
  });

  test("has an id of its own", () => {
    expect(new Set(set.rules.map(({ id }) => id)).size).toBe(set.rules.length);
  });
});

test("ordinary traffic makes no hit", () => {
  const quiet = {
    source: "gateway",
    kind: "exchange.closed",
    route: "assistant",
    principal: "anonymous",
    session: "",
    body: {
      verdict: "allow",
      would: "allow",
      policy: "",
      policies: [],
      state: "completed",
      status: 200,
      categories: ["personal_data"],
      types: ["EMAIL_ADDRESS"],
      found: ["response/model/personal_data"],
      confidence: { personal_data: 0.95 },
      maxConfidence: 0.95,
      unscannable: 0,
      bypassed: 0,
      tools: [],
    },
  };
  expect(set.hits(quiet)).toEqual([]);
  expect(set.hits({ source: "audit", kind: "gateway.started", body: { outcome: "success", detail: {} } })).toEqual([]);
});

test("a rule holds only for events of its log source", () => {
  const body = { verdict: "observe", would: "block", policy: "p" };
  const keys = (source: string, kind: string): readonly string[] =>
    set.hits({ source, kind, body }).map(({ key }) => key);
  expect(keys("gateway", "exchange.closed")).toEqual(["would-have-blocked"]);
  expect(keys("gateway", "exchange.opened")).toEqual([]);
  expect(keys("audit", "exchange.closed")).toEqual([]);
});

test("the manual names every field that events of ours have", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/rules.md"), "utf8");
  const fields =
    "verdict would policy policies state status endpoint protocol address key user categories types detectors found matches maxConfidence confidence unscannable bypassed tools inputTokens outputTokens finishReason latencyMs addedMs streamed requestBytes responseBytes actor target outcome detail";
  for (const field of fields.split(" ")) expect(manual).toContain(`\`${field}`);
});

test("every example of the manual loads, and its tests hold", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/rules.md"), "utf8");
  const examples = [...manual.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""], index) => ({
    path: `example-${index}.yml`,
    text,
  }));
  expect(examples.length).toBeGreaterThanOrEqual(4);
  const loaded = loadRules(examples);
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.set.correlations.length).toBe(1);
  expect(loaded.set.test().map(({ passed }) => passed)).toEqual([true, true, true]);
});
