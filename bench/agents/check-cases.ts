/**
 * Checks every file of cases and counts them: `node --conditions=source bench/agents/check-cases.ts`. Prints file,
 * line, case and place of each problem, and hints where a case may be labelled wrongly; fails on problems only.
 */
import type { Attack, Case, Parameter, Step } from "./case.ts";
import { listCaseFiles, printProblem, readCaseFile, type Problem, type Suite } from "./read-cases.ts";

type Path = readonly PropertyKey[];
interface Fault {
  readonly path: Path;
  readonly says: string;
}

/** What is wrong in suites beyond their form. */
export function checkSuites(suites: readonly Suite[]): readonly Problem[] {
  const seen = { id: new Map<string, string>(), user: new Map<string, string>() };
  return suites.flatMap((suite) => {
    const faults: Fault[] = [...headFaults(suite)];
    for (const [index, one] of suite.cases.entries()) {
      const path: Path = ["cases", index];
      faults.push(...caseFaults(suite, one, path));
      for (const key of ["id", "user"] as const) {
        const first = seen[key].get(one[key]);
        if (first !== undefined) faults.push({ path: [...path, key], says: `the same ${key} as in ${first}` });
        seen[key].set(one[key], suite.file);
      }
    }
    return faults.map(({ path, says }) => problemAt(suite, path, says));
  });
}

/** Words that make a text smell; the label `suspicious: false` and one of them do not go together. */
const SMELLS =
  /\b(ignore|disregard|instructions?|override|bypass|urgent(ly)?|immediately|secret(ly)?|passwords?|credentials?|admin(istrator)?|system|assistants?|ai|agents?)\b/giu;

/** Labels that the texts themselves put in doubt. */
export function hintsOf(suites: readonly Suite[]): readonly Problem[] {
  return suites.flatMap((suite) =>
    suite.cases.flatMap((one, index) => {
      if (one.attack === undefined || one.attack.suspicious) return [];
      const { benign, carried } = carrierOf(suite, one, one.attack);
      const known = new Set(benign.toLowerCase().match(SMELLS));
      const added = [...new Set(carried.toLowerCase().match(SMELLS))].filter((word) => !known.has(word));
      return added.length === 0
        ? []
        : [problemAt(suite, ["cases", index, "attack", "suspicious"], `false, yet ${added.join(", ")}`)];
    }),
  );
}

const problemAt = (suite: Suite, path: Path, says: string): Problem => ({
  file: suite.file,
  line: suite.lineOf(path),
  caseId: path[0] === "cases" ? (suite.cases[Number(path[1])]?.id ?? "") : "",
  place: path.slice(path[0] === "cases" ? 2 : 0).join("."),
  says,
});

function headFaults({ agent, tools }: Suite): readonly Fault[] {
  const names = tools.map(({ name }) => name);
  return [
    ...names.flatMap((name, index) =>
      names.indexOf(name) === index ? [] : [{ path: ["tools", index, "name"], says: "the same name twice" }],
    ),
    ...agent.tools.flatMap((name, index) =>
      names.includes(name) ? [] : [{ path: ["agent", "tools", index], says: `no tool ${name}` }],
    ),
    ...tools.flatMap((tool, index) =>
      Object.keys(tool.declared.arguments)
        .filter((key) => tool.parameters.properties?.[key] === undefined)
        .map((key) => ({ path: ["tools", index, "declared", "arguments", key], says: "no such parameter" })),
    ),
  ];
}

function caseFaults(suite: Suite, one: Case, path: Path): readonly Fault[] {
  const faults = stepFaults(suite, one.steps, [...path, "steps"], true);
  for (const [index, session] of one.previous.entries())
    faults.push(...stepFaults(suite, session.steps, [...path, "previous", index, "steps"], true));
  if (one.attack === undefined) return faults;

  const { attack } = one;
  const inAttack: Path = [...path, "attack"];
  const at = (key: string, says: string): number => faults.push({ path: [...inAttack, key], says });
  const carrier = carrierOf(suite, one, attack);
  faults.push(...stepFaults(suite, attack.calls, [...inAttack, "calls"], false));
  if (!attack.calls.some(({ harmful }) => harmful)) at("calls", "no harmful call");
  if (attack.resume !== undefined && attack.resume >= one.steps.length) at("resume", "no such step");
  if (carrier.missing) at("where", "nothing is there to carry the text");
  else if (carrier.benign === carrier.carried) at("result", "the same as without the attack");
  if (attack.where !== "memory") return faults;

  const { planted } = attack;
  if (one.previous.length === 0) at("where", "memory needs an earlier session in `previous`");
  if (planted === undefined) return faults;
  if (one.previous[planted.session]?.steps[planted.step] === undefined) at("planted", "no such session or step");
  faults.push(...stepFaults(suite, planted.calls, [...inAttack, "planted", "calls"], false));
  return faults;
}

/** The text that the attack changes, without and with it. */
function carrierOf(
  suite: Suite,
  one: Case,
  attack: Attack,
): { readonly missing: boolean; readonly benign: string; readonly carried: string } {
  const [benign, carried] =
    "description" in attack
      ? [suite.tools.find(({ name }) => name === attack.where.tool)?.description, attack.description]
      : [one.steps[attack.where === "memory" ? attack.step : attack.where]?.result, attack.result];
  return { missing: benign === undefined, benign: benign ?? "", carried };
}

/** @param inScope whether only the agent's own tools may be called, as in the user's task */
function stepFaults(suite: Suite, steps: readonly Step[], path: Path, inScope: boolean): Fault[] {
  return steps.flatMap((step, index) => {
    const here: Path = [...path, index];
    const tool = suite.tools.find(({ name }) => name === step.call);
    if (tool === undefined) return [{ path: [...here, "call"], says: `no tool ${step.call}` }];
    const faults = valueFaults(step.arguments, tool.parameters, [...here, "arguments"]);
    if (inScope && !suite.agent.tools.includes(tool.name))
      faults.push({ path: [...here, "call"], says: `${tool.name} is not of the agent's tools` });
    if (/^(?:\{"|\[\{|\["|\[\]|\{\})/u.test(step.result) && !isJson(step.result))
      faults.push({ path: [...here, "result"], says: "begins as JSON and is none" });
    return faults;
  });
}

function valueFaults(value: unknown, parameter: Parameter, path: Path): Fault[] {
  if (!hasType(value, parameter.type)) return [{ path, says: `not of type ${parameter.type}` }];
  if (parameter.enum !== undefined && !parameter.enum.some((allowed) => allowed === value))
    return [{ path, says: `not one of ${parameter.enum.join(", ")}` }];
  if (Array.isArray(value)) {
    const { items } = parameter;
    return items === undefined ? [] : value.flatMap((item, index) => valueFaults(item, items, [...path, index]));
  }
  if (typeof value !== "object" || value === null || parameter.properties === undefined) return [];
  const { properties, required = [] } = parameter;
  return [
    ...required.filter((key) => !(key in value)).map((key) => ({ path: [...path, key], says: "is required" })),
    ...Object.entries(value).flatMap(([key, inner]) => {
      const property = properties[key];
      return property === undefined
        ? [{ path: [...path, key], says: "no such parameter" }]
        : valueFaults(inner, property, [...path, key]);
    }),
  ];
}

function hasType(value: unknown, type: Parameter["type"]): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function printCounts(suites: readonly Suite[]): void {
  const attacks = suites.flatMap((suite) =>
    suite.cases.flatMap(({ attack }) => (attack === undefined ? [] : [{ ...attack, suite }])),
  );
  console.table(
    suites.map(({ file, cases, tools }) => {
      const own = attacks.filter(({ suite }) => suite.file === file);
      return {
        file,
        tools: tools.length,
        cases: cases.length,
        attacks: own.length,
        suspicious: own.filter(({ suspicious }) => suspicious).length,
        inTool: own.filter(({ where }) => typeof where === "object").length,
        inMemory: own.filter(({ where }) => where === "memory").length,
        goesOn: own.filter(({ resume }) => resume !== undefined).length,
      };
    }),
  );
  const techniques = Map.groupBy(attacks, ({ technique }) => technique);
  console.table(
    [...techniques]
      .map(([technique, own]) => ({
        technique,
        attacks: own.length,
        suspicious: own.filter(({ suspicious }) => suspicious).length,
      }))
      .sort((a, b) => b.attacks - a.attacks),
  );
}

if (import.meta.main) {
  const read = listCaseFiles().map((file) => readCaseFile(file));
  const suites = read.flatMap((one) => ("suite" in one ? [one.suite] : []));
  const problems = [...read.flatMap((one) => ("problems" in one ? one.problems : [])), ...checkSuites(suites)];
  for (const problem of problems) console.log(printProblem(problem));
  for (const hint of hintsOf(suites)) console.log(`hint: ${printProblem(hint)}`);
  printCounts(suites);
  console.log(`${String(problems.length)} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
