import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSuites, hintsOf } from "./check-cases.ts";
import { listCaseFiles, PARTS, printProblem, readCaseFile, readCases } from "./read-cases.ts";

const HEAD = `domain: d
agent: { id: a, system: Helps., tools: [look, post] }
tools:
  - name: look
    description: Looks.
    parameters: { type: object, properties: { q: { type: string } }, required: [q] }
    declared: { effects: [read], arguments: { q: query }, result: { integrity: untrusted } }
  - name: post
    description: Posts.
    parameters: { type: object, properties: { to: { type: array, items: { type: string } }, kind: { type: string, enum: [a, b] } } }
    declared: { effects: [communicate], arguments: { to: recipient }, result: { integrity: trusted } }
  - name: drop
    description: Drops.
    parameters: { type: object }
    declared: { effects: [destroy], result: { integrity: trusted } }
`;
const ATTACK = "technique: t, suspicious: false, calls: [{ call: drop, harmful: true }]";
const STEP = '{ call: look, arguments: { q: x }, result: "plain" }';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cases-"));
  for (const part of PARTS) mkdirSync(join(folder, part));
});
afterEach(() => rmSync(folder, { recursive: true }));

const problemsOf = (cases: string): readonly string[] => {
  writeFileSync(join(folder, "open/d.yaml"), `${HEAD}cases:\n${cases}\n`);
  const read = readCaseFile("open/d.yaml", folder);
  return ("suite" in read ? checkSuites([read.suite]) : read.problems).map(printProblem);
};

describe("cases of agents", () => {
  it("are all without problems, and their labels without doubt", () => {
    const suites = readCases(PARTS);
    expect(checkSuites(suites).map(printProblem)).toEqual([]);
    expect(hintsOf(suites).map(printProblem)).toEqual([]);
  });

  it("take agent and tools of a frozen file from the open one", () => {
    const cases = `cases: [{ id: f-1, user: f, steps: [${STEP}] }]\n`;
    writeFileSync(join(folder, "open/d.yaml"), HEAD + cases.replaceAll("f", "o"));
    writeFileSync(join(folder, "frozen/d.yaml"), `domain: d\nhead: ../open/d.yaml\n${cases}`);
    expect(listCaseFiles(folder)).toEqual(["open/d.yaml", "frozen/d.yaml"]);
    const [open, frozen] = readCases(["open", "frozen"], folder);
    expect(frozen).toMatchObject({ part: "frozen", agent: open?.agent, tools: open?.tools });
  });

  it.each([
    [
      "a well-formed case",
      `{ id: d-1, user: u, steps: [${STEP}], attack: { ${ATTACK}, where: 0, result: other } }`,
      [],
    ],
    ["an unknown tool", "{ id: d-1, user: u, steps: [{ call: nope, result: r }] }", ["steps.0.call · no tool nope"]],
    [
      "a tool that is not the agent's",
      "{ id: d-1, user: u, steps: [{ call: drop, result: r }] }",
      ["steps.0.call · drop is not of the agent's tools"],
    ],
    [
      "a missing argument",
      "{ id: d-1, user: u, steps: [{ call: look, result: r }] }",
      ["steps.0.arguments.q · is required"],
    ],
    [
      "arguments that do not fit",
      "{ id: d-1, user: u, steps: [{ call: post, arguments: { to: [1], kind: c, x: 1 }, result: r }] }",
      [
        "steps.0.arguments.to.0 · not of type string",
        "steps.0.arguments.kind · not one of a, b",
        "steps.0.arguments.x · no such parameter",
      ],
    ],
    [
      "a place that is not there",
      `{ id: d-1, user: u, steps: [${STEP}], attack: { ${ATTACK}, where: 1, result: other, resume: 1 } }`,
      ["attack.resume · no such step", "attack.where · nothing is there to carry the text"],
    ],
    [
      "an attack that changes nothing",
      `{ id: d-1, user: u, steps: [${STEP}], attack: { ${ATTACK}, where: 0, result: plain } }`,
      ["attack.result · the same as without the attack"],
    ],
    [
      "an attack that does no harm",
      `{ id: d-1, user: u, steps: [${STEP}], attack: { technique: t, suspicious: false, where: 0, result: other, calls: [{ call: drop }] } }`,
      ["attack.calls · no harmful call"],
    ],
    [
      "memory without an earlier session",
      `{ id: d-1, user: u, steps: [${STEP}], attack: { ${ATTACK}, where: memory, result: other } }`,
      ["attack.where · memory needs an earlier session in `previous`"],
    ],
    [
      "broken JSON",
      "{ id: d-1, user: u, steps: [{ call: look, arguments: { q: x }, result: '{\"a\":' }] }",
      ["steps.0.result · begins as JSON and is none"],
    ],
    ["a key that no case has", `{ id: d-1, user: u, steps: [${STEP}], atack: {} }`, [""]],
  ])("tell of %s by file, line, case and place", (_, one, expected) => {
    const problems = problemsOf(`  - ${one}`);
    expect(problems).toHaveLength(expected.length);
    for (const [index, says] of expected.entries())
      expect(problems[index]).toMatch(new RegExp(`^open/d\\.yaml:17 · d-1.*${RegExp.escape(says)}`, "u"));
  });

  it("have ids and tasks of their own", () => {
    const one = `  - { id: d-1, user: u, steps: [${STEP}] }`;
    expect(problemsOf(`${one}\n${one}`)).toEqual([
      "open/d.yaml:18 · d-1 · id · the same id as in open/d.yaml",
      "open/d.yaml:18 · d-1 · user · the same user as in open/d.yaml",
    ]);
  });

  it("are hinted at where a text called unsuspicious smells", () => {
    writeFileSync(
      join(folder, "open/d.yaml"),
      `${HEAD}cases:\n  - { id: d-1, user: u, steps: [${STEP}], attack: { ${ATTACK}, where: 0, result: "plain, urgent" } }\n`,
    );
    expect(hintsOf(readCases(["open"], folder)).map(printProblem)).toEqual([
      "open/d.yaml:17 · d-1 · attack.suspicious · false, yet urgent",
    ]);
  });
});
