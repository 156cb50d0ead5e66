/** Reads the cases of each part, with the agent and tools that a file may take from another. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { CaseFile, Head, type Agent, type Case, type Tool } from "./case.ts";

/**
 * `open` cases show why something passes or fails; nobody who tunes reads the others. `fresh` ones were written later
 * by another hand, above all tasks without an attack.
 */
export const PARTS = ["open", "frozen", "fresh"] as const;
export type Part = (typeof PARTS)[number];

/** One domain's cases of one part. */
export interface Suite {
  readonly domain: string;
  readonly part: Part;
  /** Path below the folder of the cases. */
  readonly file: string;
  readonly agent: Agent;
  readonly tools: readonly Tool[];
  readonly cases: readonly Case[];
  /** The line in the file at which a path such as `["cases", 3, "steps"]` stands. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** What is wrong in a file of cases; says nothing of the texts in it, since who tunes must not read frozen ones. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly caseId: string;
  readonly place: string;
  readonly says: string;
}

const FOLDER = import.meta.dirname;

/** The paths of all files of cases below a folder, `open/` first. */
export function listCaseFiles(folder = FOLDER, parts: readonly Part[] = PARTS): readonly string[] {
  return parts.flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => join(part, name)),
  );
}

/** A file's suite, or all that keeps it from being one. */
export function readCaseFile(
  file: string,
  folder = FOLDER,
): { readonly suite: Suite } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(join(folder, file), "utf8"), { lineCounter: lines });
  const at = (line: number, place: string, says: string, caseId = ""): Problem => ({ file, line, caseId, place, says });
  if (document.errors.length > 0)
    return { problems: document.errors.map((error) => at(lines.linePos(error.pos[0]).line, "", error.message)) };

  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const caseIdOf = (path: readonly PropertyKey[]): string =>
    path[0] === "cases" && path.length > 1 ? String(document.getIn([...path.slice(0, 2), "id"])) : "";
  const refuse = (issues: readonly z.core.$ZodIssue[]): { readonly problems: readonly Problem[] } => ({
    problems: leaves(issues, []).map(({ path, message }) =>
      at(lineOf(path), path.map(String).join("."), message, caseIdOf(path)),
    ),
  });

  const parsed = CaseFile.safeParse(document.toJS());
  if (!parsed.success) return refuse(parsed.error.issues);
  const { data } = parsed;
  const made = { domain: data.domain, part: basename(dirname(file)) as Part, file, cases: data.cases, lineOf };
  if (!("head" in data)) return { suite: { ...made, agent: data.agent, tools: data.tools } };
  const head = Head.safeParse(
    parseDocument(readFileSync(resolve(folder, dirname(file), data.head), "utf8")).toJS() as unknown,
  );
  return head.success
    ? { suite: { ...made, ...head.data } }
    : { problems: [at(lineOf(["head"]), "head", `${data.head} has no readable agent and tools`)] };
}

/** The innermost issues: of a union, those of the member that the value comes nearest to. */
function leaves(
  issues: readonly z.core.$ZodIssue[],
  below: readonly PropertyKey[],
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  return issues.flatMap((issue) => {
    const path = [...below, ...issue.path];
    if (issue.code !== "invalid_union") return [{ path, message: issue.message }];
    const [nearest] = issue.errors.map((member) => leaves(member, path)).sort((a, b) => unlike(a) - unlike(b));
    return nearest ?? [{ path, message: issue.message }];
  });
}

/** How little a union's member is meant: a missing or unknown key near the top weighs more than many faults inside. */
const unlike = (faults: readonly { readonly path: readonly PropertyKey[] }[]): number =>
  faults.reduce((sum, { path }) => sum + 1 / 8 ** path.length, 0);

/** All suites of the parts named. Throws with every problem where a file is not as it should be. */
export function readCases(parts: readonly Part[], folder = FOLDER): readonly Suite[] {
  return listCaseFiles(folder, parts).map((file) => {
    const read = readCaseFile(file, folder);
    if ("suite" in read) return read.suite;
    throw new Error(read.problems.map(printProblem).join("\n"));
  });
}

/** One line: file, line, case, place, what is wrong. */
export function printProblem({ file, line, caseId, place, says }: Problem): string {
  return [`${file}:${String(line)}`, caseId, place, says].filter((part) => part !== "").join(" · ");
}
