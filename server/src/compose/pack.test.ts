import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_BINDINGS, loadRules } from "#rules";
import { loadMappings, SOURCE_BINDINGS } from "#sources";

const root = join(import.meta.dirname, "../../..");
const filesIn = (folder: string): readonly { path: string; text: string }[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yml"))
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(root, folder, path), "utf8") }));

const files = filesIn("rules");
const mapped = loadMappings(filesIn("sources")).sources.flatMap(({ bindings }) => bindings);
const { set, diagnostics } = loadRules(files, [...DEFAULT_BINDINGS, ...SOURCE_BINDINGS, ...mapped]);
/** Those that make findings; the others serve correlations. */
const reporting = [
  ...set.rules.map((rule) => ({
    ...rule,
    matching: rule.tests.filter(({ match }) => match).length,
    other: rule.tests.filter(({ match }) => !match).length,
  })),
  ...set.correlations.map((correlation) => ({
    ...correlation,
    matching: correlation.tests.filter(({ groups }) => groups.length > 0).length,
    other: correlation.tests.filter(({ groups }) => groups.length === 0).length,
  })),
].filter(({ key }) => set.reports(key));

test("the default pack loads whole and without a single diagnostic", () => {
  expect(diagnostics).toEqual([]);
  expect(reporting.length).toBe(files.length);
});

test("every test in every shipped rule holds", () => {
  expect(set.test().filter(({ passed }) => !passed)).toEqual([]);
});

describe("every shipped rule", () => {
  test.each(reporting.map((rule) => [rule.key, rule] as const))("%s has what a responder needs", (_, rule) => {
    // A series that is written out is one good case as a rule.
    expect(rule.matching).toBeGreaterThanOrEqual("type" in rule ? 1 : 2);
    expect(rule.other).toBeGreaterThanOrEqual(2);
    expect(rule.id).toBeDefined();
    expect(rule.description.length).toBeGreaterThan(40);
    expect(rule.triage).toMatch(/^1\. /);
    expect(rule.groupBy.length).toBeGreaterThan(0);
    expect(rule.tags.some((tag) => tag.startsWith("atlas."))).toBe(true);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
    expect(rule.file).toMatch(new RegExp(`/${rule.key}\\.yml$`));
    for (const [, field] of rule.findingTitle.matchAll(/\{([^}]+)\}/g)) expect(rule.groupBy).toContain(field);
  });

  test("has an id of its own, and tags that name something", () => {
    const all = [...set.rules, ...set.correlations];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const known = filesIn("frameworks")
      .map(({ text }) => text)
      .join("\n");
    const tags = new Set(all.flatMap((rule) => rule.tags));
    expect([...tags].filter((tag) => !known.includes(`id: ${tag.slice(tag.indexOf(".") + 1)},`))).toEqual([]);
  });
});

test("ordinary traffic makes no finding", () => {
  const found = (event: Parameters<typeof set.hits>[0]) => set.hits(event).filter(({ key }) => set.reports(key));
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
  expect(found(quiet)).toEqual([]);
  expect(found({ source: "audit", kind: "gateway.started", body: { outcome: "success", detail: {} } })).toEqual([]);
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
