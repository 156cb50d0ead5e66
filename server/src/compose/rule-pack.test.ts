import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Configuration } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { silentLogger } from "#platform";
import { loadRules } from "#rules";
import { readFrameworks, ruleSignals } from "./frameworks.ts";
import { logSources } from "./log-sources.ts";

const root = join(import.meta.dirname, "../../..");
const files = readdirSync(join(root, "rules"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".yml"))
  .map((path) => ({ path: `rules/${path}`, text: readFileSync(join(root, "rules", path), "utf8") }));
const configuration = Configuration.parse({ source_mappings: ["./sources"] });
const { set, diagnostics } = loadRules(files, logSources({ configuration, base: root }));

/** Rules and correlations that make findings; the others serve them. */
const reporting = [
  ...set.rules.map((rule) => ({
    ...rule,
    matching: rule.tests.filter(({ match }) => match).length,
    quiet: rule.tests.filter(({ match }) => !match).length,
    isSeries: false,
  })),
  ...set.correlations.map((correlation) => ({
    ...correlation,
    matching: correlation.tests.filter(({ groups }) => groups.length > 0).length,
    quiet: correlation.tests.filter(({ groups }) => groups.length === 0).length,
    isSeries: true,
  })),
].filter(({ key }) => set.reports(key));

test("the default pack loads whole and without a single diagnostic, one finding a file", () => {
  expect(diagnostics).toEqual([]);
  expect(reporting.length).toBe(files.length);
  expect(files.length).toBeGreaterThanOrEqual(16);
});

test("every test in every shipped rule holds", () => {
  expect(set.test().filter(({ passed }) => !passed)).toEqual([]);
});

describe("every shipped rule", () => {
  test.each(reporting.map((rule) => [rule.key, rule] as const))("%s has what a responder needs", (_, rule) => {
    expect(rule.matching).toBeGreaterThanOrEqual(rule.isSeries ? 1 : 2);
    expect(rule.quiet).toBeGreaterThanOrEqual(2);
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
    const ids = [...set.rules, ...set.correlations].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("names attacks that are on the lists, and reads a source that exists", () => {
    const tags = new Set(
      readFrameworks(silentLogger).flatMap(({ tag, items }) => items.map(({ id }) => `${tag}.${id}`)),
    );
    const unknown = reporting.flatMap(({ key, tags: own }) =>
      own.filter((tag) => !tags.has(tag)).map((tag) => `${key} ${tag}`),
    );
    expect(unknown).toEqual([]);
    expect(ruleSignals(set).filter(({ sources }) => sources.length === 0)).toEqual([]);
  });
});

test("what serves a correlation serves one", () => {
  const served = new Set(set.correlations.flatMap(({ rules }) => rules));
  const silent = [...set.rules, ...set.correlations].filter(({ key }) => !set.reports(key));
  expect(silent.map(({ key }) => key).filter((key) => !served.has(key))).toEqual([]);
});

test("ordinary traffic makes no finding", () => {
  const quiet = {
    source: "gateway",
    kind: "exchange.closed",
    exchange: "01919c3a-5b1e-7c3d-8f00-1234567890ab",
    route: "assistant",
    principal: "user:ana",
    model: "m",
    session: "s",
    body: {
      verdict: "allow",
      would: "allow",
      policy: "",
      policies: [],
      state: "completed",
      status: 200,
      address: "203.0.113.9",
      key: "k",
      user: "ana",
      categories: ["personal_data"],
      types: ["EMAIL_ADDRESS"],
      found: ["response/model/personal_data"],
      confidence: { personal_data: 0.95 },
      maxConfidence: 0.95,
      unscannable: 0,
      bypassed: 0,
      tools: ["find_invoice"],
      inputTokens: 900,
      outputTokens: 120,
      latencyMs: 1800,
      responseBytes: 3000,
    },
  };
  const reported = (event: Readonly<Record<string, unknown>>): readonly string[] =>
    set
      .hits(event)
      .map(({ key }) => key)
      .filter(set.reports);
  expect(reported(quiet)).toEqual([]);
  expect(reported({ source: "audit", kind: "gateway.started", body: { outcome: "success", detail: {} } })).toEqual([]);
});

test("a rule holds only for events of its log source", () => {
  const body = { verdict: "observe", would: "block", policy: "p" };
  const keys = (source: string, kind: string): readonly string[] =>
    set.hits({ source, kind, body }).map(({ key }) => key);
  expect(keys("gateway", "exchange.closed")).toContain("would-have-blocked");
  expect(keys("gateway", "exchange.opened")).toEqual([]);
  expect(keys("audit", "exchange.closed")).toEqual([]);
});

test("the manual names every field that events of ours have", () => {
  const manual = readFileSync(join(root, "docs/rules.md"), "utf8");
  const fields =
    "verdict would policy policies state status endpoint protocol address key user categories types detectors found matches maxConfidence confidence unscannable bypassed tools inputTokens outputTokens finishReason latencyMs addedMs streamed requestBytes responseBytes actor target outcome detail";
  for (const field of fields.split(" ")) expect(manual).toContain(`\`${field}`);
});
