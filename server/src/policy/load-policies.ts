import { createHash } from "node:crypto";
import type { Diagnostic, PolicyInfo } from "@parapet/model";
import { type PolicyMeta, readAnnotations } from "./annotations.ts";
import { type LocatedCase, parseCases, runCase } from "./cases.ts";
import { type CedarProblem, splitStatements, statementJson, validateStatements } from "./cedar.ts";
import { makeDecide, type Policy } from "./decide.ts";
import { ATTRIBUTES } from "./facts.ts";
import { isNode, type Node } from "./expression.ts";
import { locateStatements, placeAt, unitsAt } from "./locate.ts";
import { nearest } from "#platform";
import type { LoadedPolicies } from "./policy.ts";
import { POLICY_SCHEMA } from "./schema.ts";

/** A file as it was read. The module itself reads none. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

const FILE_UNITS_MAX = 1_000_000;
const POLICIES_MAX = 2_000;

interface Located {
  readonly policy: Policy;
  readonly file: string;
  readonly line: number;
}

/** A statement that Cedar could read, before validation. */
interface Statement {
  readonly file: PolicyFile;
  readonly text: string;
  readonly offset: number;
  readonly json: Node;
  readonly meta: PolicyMeta | undefined;
}

interface FileResult {
  readonly statements: readonly Statement[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Every attribute and every record on the way to one. */
const PATHS: readonly string[] = [
  ...new Set(
    ATTRIBUTES.flatMap(({ path }) => path.split(".").map((_, index, names) => names.slice(0, index + 1).join("."))),
  ),
];

/** Cedar compares names within one record only; the nearest of all attribute paths is what people need. */
const fixOf = ({ message, help }: CedarProblem): string | undefined => {
  const missing = /attribute `([^`]+)` (in context|on entity type)/.exec(message);
  const name = missing?.[1];
  if (name === undefined) return help ?? undefined;
  const inContext = missing?.[2] === "in context";
  const paths = PATHS.filter((path) => path.startsWith("context.") === inContext);
  const last = name.split(".").at(-1) ?? name;
  // The right name in the wrong record, or with its record left out, is the commonest slip.
  const meant =
    paths.find((path) => path.endsWith(`.${last}`)) ??
    nearest(inContext ? `context.${name}` : `resource.${name}`, paths) ??
    paths.find(
      (path) =>
        path.split(".").at(-1) ===
        nearest(
          last,
          paths.map((each) => each.split(".").at(-1) ?? ""),
        ),
    );
  return meant === undefined ? "See docs/policies.md for the attributes there are" : `Did you mean ${meant}?`;
};

const plain = (message: string): string => message.replace(/^for policy `[^`]*`, /, "");

const cedarDiagnostic = (file: PolicyFile, base: number, text: string, problem: CedarProblem): Diagnostic => {
  const place = placeAt(file.text, base + unitsAt(text, problem.start ?? 0));
  const fix = fixOf(problem);
  return {
    level: problem.level,
    file: file.path,
    ...place,
    message: plain(problem.message),
    ...(fix === undefined ? {} : { fix }),
  };
};

const readStatement = (file: PolicyFile, text: string, offset: number): FileResult => {
  const at = (level: Diagnostic["level"], message: string, fix: string, within = 0): Diagnostic => ({
    level,
    file: file.path,
    ...placeAt(file.text, offset + within),
    message,
    fix,
  });
  const json = statementJson(text);
  if (json === undefined || !isNode(json)) {
    return { statements: [], diagnostics: [at("error", "Cedar cannot read this statement", "Correct it")] };
  }
  if (json.effect === "permit") {
    const fix = "Write a `forbid` with the conditions you refuse; whatever no forbid names is permitted already";
    return { statements: [], diagnostics: [at("error", "A permit decides nothing here", fix)] };
  }
  const { meta, problems } = readAnnotations(json.annotations ?? {});
  return {
    statements: [{ file, text, offset, json, meta }],
    diagnostics: problems.map(({ level, annotation, message, fix }) =>
      at(level, message, fix, Math.max(0, text.indexOf(`@${annotation}`))),
    ),
  };
};

const readCedarFile = (file: PolicyFile): FileResult => {
  const parts = splitStatements(file.text);
  if (!parts.ok) {
    return {
      statements: [],
      diagnostics: parts.problems.map((problem) => cedarDiagnostic(file, 0, file.text, problem)),
    };
  }
  const results = locateStatements(file.text, [...parts.statements, ...parts.templates]).map(
    ({ text, offset }): FileResult => {
      if (!parts.templates.includes(text)) return readStatement(file, text, offset);
      const message = "Templates are not used here";
      const fix = "Name the principal or resource instead of ?principal or ?resource";
      return {
        statements: [],
        diagnostics: [{ level: "error", file: file.path, ...placeAt(file.text, offset), message, fix }],
      };
    },
  );
  return {
    statements: results.flatMap(({ statements }) => statements),
    diagnostics: results.flatMap(({ diagnostics }) => diagnostics),
  };
};

const validate = (
  statements: readonly Statement[],
): { readonly located: readonly Located[]; readonly diagnostics: readonly Diagnostic[] } => {
  const answers = validateStatements(
    POLICY_SCHEMA,
    statements.map(({ text }) => text),
  );
  const located: Located[] = [];
  const diagnostics: Diagnostic[] = [];
  statements.forEach(({ file, text, offset, json, meta }, index) => {
    const found = answers[index] ?? [];
    const wrong = found.some(({ level }) => level === "error");
    // With an error at hand, "impossible policy" and its kin only repeat it.
    const telling = found.filter(({ level }) => level === "error" || !wrong);
    diagnostics.push(...telling.map((problem) => cedarDiagnostic(file, offset, text, problem)));
    if (meta === undefined || wrong) return;
    located.push({ policy: { meta, text, json }, file: file.path, line: placeAt(file.text, offset).line });
  });
  return { located, diagnostics };
};

const duplicates = (located: readonly Located[]): readonly Diagnostic[] => {
  const first = new Map<string, Located>();
  return located.flatMap((each): readonly Diagnostic[] => {
    const { id } = each.policy.meta;
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, each);
      return [];
    }
    const message = `@id("${id}") is taken by ${before.file} line ${before.line}`;
    return [{ level: "error", file: each.file, line: each.line, message, fix: "Give this policy another id" }];
  });
};

const caseDiagnostics = (
  located: readonly Located[],
  cases: readonly LocatedCase[],
  broken: boolean,
): readonly Diagnostic[] => {
  const ids = new Set(located.map(({ policy }) => policy.meta.id));
  const covered = new Set(cases.map(({ content }) => content.policy));
  // When a policy failed to load its cases are not to blame.
  const strays = broken ? [] : cases.filter(({ content }) => content.policy !== undefined && !ids.has(content.policy));
  return [
    ...strays.map(({ file, line, content }): Diagnostic => {
      const meant = nearest(content.policy ?? "", [...ids]);
      const fix = meant === undefined ? "Name a policy that exists" : `Did you mean ${meant}?`;
      return { level: "error", file, line, message: `No policy has the id "${content.policy}"`, fix };
    }),
    ...located
      .filter(({ policy }) => !covered.has(policy.meta.id))
      .map(({ policy, file, line }): Diagnostic => ({
        level: "warning",
        file,
        line,
        message: `Policy "${policy.meta.id}" has no cases`,
        fix: `Add a case that must act and one that must not to ${file.replace(/\.cedar$/, ".cases.yaml")}`,
      })),
  ];
};

/** Digest of the texts in order of their paths, so that one version is one set everywhere. */
const versionOf = (files: readonly PolicyFile[]): string => {
  const hash = createHash("sha256");
  for (const { path, text } of files) hash.update(JSON.stringify([path.split("/").at(-1), text]));
  return hash.digest("hex").slice(0, 12);
};

const tooLong = (file: PolicyFile): Diagnostic => ({
  level: "error",
  file: file.path,
  message: `The file is longer than ${FILE_UNITS_MAX} characters`,
  fix: "Split it",
});

/**
 * Compiles `.cedar` files and the `.cases.yaml` beside them; other files are left alone.
 * Any error refuses the whole set, so that the one in force stays whole.
 */
export const loadPolicies = (given: readonly PolicyFile[]): LoadedPolicies => {
  const files = given.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const readable = files.filter(({ text }) => text.length <= FILE_UNITS_MAX);
  const cedarFiles = readable.filter(({ path }) => path.endsWith(".cedar"));
  const caseFiles = readable.filter(({ path }) => path.endsWith(".cases.yaml"));
  const results = cedarFiles.map(readCedarFile);
  const validated = validate(results.flatMap(({ statements }) => statements));
  const { located } = validated;
  const parsedCases = caseFiles.map(({ path, text }) => parseCases(path, text));
  const cases = parsedCases.flatMap((parsed) => parsed.cases);
  const first: readonly Diagnostic[] = [
    ...files.filter((file) => !readable.includes(file)).map(tooLong),
    ...results.flatMap(({ diagnostics }) => diagnostics),
    ...validated.diagnostics,
    ...duplicates(located),
    ...parsedCases.flatMap(({ diagnostics }) => diagnostics),
    ...(located.length > POLICIES_MAX
      ? [
          {
            level: "error" as const,
            file: cedarFiles[0]?.path ?? "",
            message: `More than ${POLICIES_MAX} policies`,
            fix: "Merge some",
          },
        ]
      : []),
  ];
  const broken = first.some(({ level }) => level === "error");
  const diagnostics = [...first, ...caseDiagnostics(located, cases, broken)];
  if (diagnostics.some(({ level }) => level === "error")) return { ok: false, diagnostics };

  const version = versionOf(cedarFiles);
  const decide = makeDecide(
    located.map(({ policy }) => policy),
    version,
  );
  const policies = located.map(({ policy, file, line }): PolicyInfo => {
    const { id, action, severity, message, description } = policy.meta;
    const own = cases.filter(({ content }) => content.policy === id).length;
    return { id, action, severity, message, description, file, line, text: policy.text, cases: own };
  });
  return {
    ok: true,
    diagnostics,
    set: { version, policies, decide, test: () => cases.map((each) => runCase(each, decide)) },
  };
};
