import { describe, expect, test } from "vitest";
import { loadPolicies } from "./index.ts";

const HEAD = '@id("p")\n@action("block")\n@severity("high")\n@message("No.")\n';
const GOOD = `${HEAD}forbid (principal, action, resource) when { context.confidence.secret > 1 };\n`;

const problems = (text: string, path = "a.cedar") => loadPolicies([{ path, text }]).diagnostics;

describe("a file with a mistake names the line and the fix", () => {
  test.each<[string, string, number, RegExp, RegExp]>([
    ["no @id", GOOD.replace('@id("p")\n', ""), 1, /no @id/, /Add the line @id\(/],
    ["no @message", GOOD.replace('@message("No.")\n', ""), 1, /no @message/, /@message\(/],
    ["an unknown action", GOOD.replace('"block"', '"blok"'), 2, /blok/, /Write "block"/],
    ["an unknown severity", GOOD.replace('"high"', '"hgih"'), 3, /hgih/, /high/],
    ["a misspelt annotation", GOOD.replace("@message", "@mesage"), 1, /no @message/, /@message/],
    ["a permit", "permit (principal, action, resource);", 1, /permit/, /forbid/],
    ["a template", "// x\nforbid (principal == ?principal, action, resource);", 2, /Templates/, /Name the principal/],
    ["a category that is not", GOOD.replace("secret", "secrets"), 5, /secrets/, /context\.confidence\.secret\?/],
    [
      "a record that is not",
      GOOD.replace("context.confidence.secret", "context.from.usr.secret"),
      5,
      /from\.usr/,
      /context\.from\.user/,
    ],
    [
      "an attribute left of its record",
      GOOD.replace("context.confidence.secret", "context.secret"),
      5,
      /secret/,
      /secret/,
    ],
    ["an action that is not", GOOD.replace("action,", 'action == Action::"reqest",'), 5, /reqest/, /request/],
    ["a comparison of two types", GOOD.replace("> 1", '== "x"'), 5, /Long|String/, /./],
    ["a syntax error after other letters", `// é😀 ä\n${GOOD.replace("> 1", "= 1")}`, 6, /=/, /==/],
    ["redact without @redact", GOOD.replace('"block"', '"redact"'), 1, /no @redact/, /@redact\(/],
    [
      "redact of an unknown category",
      GOOD.replace('@action("block")', '@action("redact") @redact("secrt")'),
      2,
      /secrt/,
      /"secret"/,
    ],
    [
      "a bad redact_from",
      GOOD.replace('@action("block")', '@action("redact") @redact("secret") @redact_from("0.9")'),
      2,
      /0\.9/,
      /per mille|0 to 1000/,
    ],
    ["an id that is no name", GOOD.replace('@id("p")', '@id("P x")'), 1, /P x/, /lower-case/],
    ["two of one id", GOOD + GOOD, 6, /taken by a\.cedar line 1/, /another id/],
  ])("%s", (_, text, line, message, fix) => {
    const loaded = loadPolicies([{ path: "a.cedar", text }]);
    expect(loaded.ok).toBe(false);
    const found = loaded.diagnostics.find(
      (each) => each.level === "error" && each.line === line && message.test(each.message),
    );
    expect(found, JSON.stringify(loaded.diagnostics)).toBeDefined();
    expect(found?.fix).toMatch(fix);
    expect(found?.file).toBe("a.cedar");
  });

  test("the column counts UTF-16 units although Cedar counts bytes", () => {
    const text = `${HEAD}forbid (principal, action, resource) when { "é😀" != context.mode && context.nothing > 1 };`;
    const column = (text.split("\n")[4] ?? "").indexOf("context.nothing") + 1;
    const found = problems(text).find(({ message }) => message.includes("nothing"));
    expect(found).toMatchObject({ line: 5, column });
  });
});

test("warnings leave the set in force: no cases, impossible conditions, idle annotations", () => {
  const loaded = loadPolicies([
    { path: "a.cedar", text: GOOD.replace("forbid", '@redact("secret")\n@colour("red")\nforbid') },
  ]);
  expect(loaded.ok).toBe(true);
  expect(loaded.diagnostics.map(({ level, line }) => [level, line])).toEqual([
    ["warning", 6],
    ["warning", 5],
    ["warning", 1],
  ]);
});

test("statements are found where they stand, past comments and twins", () => {
  const second = GOOD.replace('@id("p")', '@id("q")');
  const text = `// ${GOOD.replaceAll("\n", "\n// ")}\n${second}\n${GOOD}`;
  const loaded = loadPolicies([{ path: "a.cedar", text }]);
  const lines = text.split("\n");
  const infos = loaded.ok ? loaded.set.policies : [];
  expect(infos.map(({ id }) => id)).toEqual(["q", "p"]);
  for (const { id, line } of infos) expect(lines[line - 1]).toBe(`@id("${id}")`);
});

describe("cases", () => {
  const withCases = (cases: string) =>
    loadPolicies([
      { path: "a.cedar", text: GOOD },
      { path: "a.cases.yaml", text: cases },
    ]);

  test.each<[string, string, number, RegExp]>([
    ["a policy that is not there", "- {name: a, policy: q, when: {action: request}, expect: allow}", 1, /"q"/],
    [
      "a field that is not there",
      "- name: a\n  policy: p\n  when:\n    action: request\n    colour: red\n  expect: allow",
      4,
      /colour/,
    ],
    [
      "a value out of range",
      "- name: a\n  policy: p\n  when:\n    action: request\n    matches:\n      - category: secret\n        confidence: 920\n  expect: allow",
      7,
      /confidence/,
    ],
    ["broken YAML", "- name: a\n  when: {action", 2, /./],
    ["no list", "name: a", 1, /list/],
  ])("%s is an error with its line", (_, text, line, message) => {
    const loaded = withCases(text);
    expect(loaded.ok).toBe(false);
    const found = loaded.diagnostics.find(({ level }) => level === "error");
    expect(found).toMatchObject({ file: "a.cases.yaml", line });
    expect(found?.message).toMatch(message);
    expect(found?.fix).toBeDefined();
  });

  test("a case that does not hold says what was expected and what happened", () => {
    const loaded = withCases(
      "- {name: wrong, policy: p, when: {action: request, matches: [{category: secret, confidence: 1}]}, expect: allow}",
    );
    expect(loaded.ok && loaded.set.test()).toEqual([
      { policy: "p", name: "wrong", file: "a.cases.yaml", passed: false, expected: "allow", actual: "block" },
    ]);
  });
});

test("the version names the texts, not the order or place they came in", () => {
  const one = { path: "x/one.cedar", text: GOOD };
  const two = { path: "x/two.cedar", text: GOOD.replace('"p"', '"q"') };
  const version = (files: readonly { path: string; text: string }[]): string => {
    const loaded = loadPolicies(files);
    return loaded.ok ? loaded.set.version : "";
  };
  expect(version([one, two])).toMatch(/^[0-9a-f]{12}$/);
  expect(version([one, two])).toBe(version([two, one]));
  expect(version([one, two])).not.toBe(version([one]));
});
