import * as fc from "fast-check";
import { testRule } from "./rule-set.ts";
import { describe, expect, test } from "vitest";
import { loadRules, parseRule } from "./index.ts";

const GOOD = `title: Something happened
name: something
id: 5d0d9a3e-6f0b-4a43-9d0e-0c8f0d5b6aff
level: high
logsource:
  product: ai
  service: llm_gateway
detection:
  selection:
    verdict: block
  condition: selection
tags: [atlas.aml.t0051]
parapet:
  group-by: [principal]
tests:
  - name: yes
    match: true
    event: { verdict: block }
  - name: wrong on purpose
    match: true
    event: { verdict: allow }
`;

describe("a rule with a mistake names the line and the fix", () => {
  test.each<[string, string, number, RegExp, RegExp]>([
    ["no title", GOOD.replace("title: Something happened\n", ""), 1, /title/, /title:/],
    ["no detection", GOOD.replace("detection:", "detect:"), 1, /detection/, /detection/],
    ["a bad level", GOOD.replace("level: high", "level: hihg"), 4, /level/, /critical/],
    ["a bad id", GOOD.replace("5d0d9a3e", "zz"), 3, /id/, /UUID/],
    ["an unknown modifier", GOOD.replace("verdict: block\n", "verdict|contians: block\n"), 10, /contians/, /contains/],
    [
      "modifiers that exclude each other",
      GOOD.replace("verdict: block\n", "verdict|contains|endswith: block\n"),
      10,
      /exclude/,
      /Keep one/,
    ],
    [
      "a regular expression that RE2 refuses",
      GOOD.replace("verdict: block\n", "verdict|re: '(?=a)'\n"),
      10,
      /regular expression/,
      /RE2/,
    ],
    [
      "a network that is none",
      GOOD.replace("verdict: block\n", "address|cidr: 10.0.0.0\n"),
      10,
      /network/,
      /10\.0\.0\.0\/8/,
    ],
    ["a bound that is no number", GOOD.replace("verdict: block\n", "unscannable|gt: many\n"), 10, /number/, /number/],
    ["placeholders", GOOD.replace("verdict: block\n", "verdict|expand: '%x%'\n"), 10, /expand/, /Write the values out/],
    [
      "a condition over what is not there",
      GOOD.replace("condition: selection", "condition: selektion"),
      11,
      /selektion/,
      /selection/,
    ],
    ["a parenthesis left open", GOOD.replace("condition: selection", "condition: (selection"), 11, /not closed/, /\)/],
    [
      "counting in the condition",
      GOOD.replace("condition: selection", "condition: selection | count() > 5"),
      11,
      /Counting/,
      /correlation/,
    ],
    [
      "a condition that can never hold",
      GOOD.replace("condition: selection", "condition: 2 of sel*"),
      11,
      /never/,
      /all of/,
    ],
    ["no condition", GOOD.replace("  condition: selection\n", ""), 9, /no condition/, /condition/],
    ["an empty selection", GOOD.replace("    verdict: block\n", "    {}\n"), 10, /empty/, /field/],
    ["a bad tag", GOOD.replace("atlas.aml.t0051", "ATLAS"), 12, /tags/, /docs\/rules\.md/],
    ["an unknown key of ours", GOOD.replace("group-by", "groupby"), 14, /parapet/, /docs\/rules\.md/],
    ["a duplicate key", GOOD.replace("level: high", "level: high\nlevel: low"), 5, /unique/i, /YAML/],
    ["broken YAML", GOOD.replace("[principal]", "[principal"), 15, /./, /YAML/],
    ["a correlation", "title: x\ncorrelation: {type: event_count}", 1, /single events/, /one rule/],
    ["two documents", `${GOOD}---\n${GOOD}`, 23, /more than one/, /one rule/],
    ["an empty file", "", 1, /empty|not a rule/, /./],
  ])("%s", (_, text, line, message, fix) => {
    const parsed = parseRule(text, "r.yml");
    expect(parsed.ok).toBe(false);
    const found = parsed.diagnostics.find((each) => each.level === "error" && message.test(each.message));
    expect(found, JSON.stringify(parsed.diagnostics)).toMatchObject({ file: "r.yml", line });
    expect(found?.fix).toMatch(fix);
  });
});

describe("warnings leave the rule in use", () => {
  test.each<[string, string, number, RegExp, RegExp]>([
    ["a field that events do not have", GOOD.replace("verdict: block\n", "verdcit: block\n"), 10, /verdcit/, /verdict/],
    ["a service that sends nothing", GOOD.replace("llm_gateway", "llm_gatway"), 6, /llm_gatway/, /llm_gateway/],
    [
      "a selection nobody uses",
      GOOD.replace("  condition", "  other: {status: 1}\n  condition"),
      11,
      /other/,
      /remove/,
    ],
    ["an attribute misspelt", GOOD.replace("tags:", "tag:"), 12, /tag/, /tags/],
  ])("%s", (_, text, line, message, fix) => {
    const parsed = parseRule(text, "r.yml");
    expect(parsed.ok).toBe(true);
    expect(
      parsed.diagnostics.map((each) => ({
        ...each,
        says: message.test(each.message),
        helps: fix.test(each.fix ?? ""),
      })),
    ).toEqual([expect.objectContaining({ level: "warning", line, says: true, helps: true })]);
  });
});

test("a rule's own tests say what was expected and what happened, with their lines", () => {
  const parsed = parseRule(GOOD, "r.yml");
  expect(
    parsed.ok &&
      testRule(parsed.rule).map(({ name, line, expected, actual, passed }) => [name, line, expected, actual, passed]),
  ).toEqual([
    ["yes", 16, true, true, true],
    ["wrong on purpose", 19, true, false, false],
  ]);
});

test("one broken rule does not blind the others, and a name is taken once", () => {
  const { set, diagnostics } = loadRules([
    { path: "a.yml", text: GOOD },
    { path: "b.yml", text: "title: broken" },
    { path: "c.yml", text: GOOD },
    { path: "notes.md", text: "not a rule" },
  ]);
  expect(set.rules.map(({ file }) => file)).toEqual(["a.yml"]);
  expect(diagnostics.filter(({ level }) => level === "error").map(({ file }) => file)).toEqual([
    "b.yml",
    "b.yml",
    "c.yml",
  ]);
});

test("deprecated rules can be read and are not run", () => {
  const { set } = loadRules([{ path: "a.yml", text: `status: deprecated\n${GOOD}` }]);
  expect(set.rules.length).toBe(1);
  expect(set.hits({ source: "gateway", kind: "exchange.closed", body: { verdict: "block" } })).toEqual([]);
});

test("any text at all is read without an exception", () => {
  const word = fc.constantFrom(
    "title: x\n",
    "detection:\n",
    "  s:\n",
    "    - a\n",
    "    f|re: '('\n",
    "  condition: s or\n",
    "logsource: {}\n",
    "&a [*a]\n",
    "---\n",
    "? \n",
    "tests:\n",
    "!!binary x\n",
    "- ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 12 }).map((words) => words.join("")),
      ),
      (text) => {
        const parsed = parseRule(text, "r.yml");
        expect(parsed.ok || parsed.diagnostics.length > 0).toBe(true);
      },
    ),
    { numRuns: 1_500 },
  );
});
