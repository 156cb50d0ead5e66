import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DEFAULT_TENANT, type Diagnostic, type RouteConfiguration } from "@parapet/model";
import {
  checkSelfTest,
  openPatientOpinion,
  readSourceMappings,
  resolveCredential,
  type LoadedConfiguration,
} from "#compose";
import { DETECTORS } from "#detectors";
import { nearest } from "#platform";
import { SOURCES, type Source } from "#sources";
import { openSqliteControlStore } from "#storage";
import { checkGuards } from "./check-guards.ts";
import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "./command.ts";
import { readInspector, readPolicies, readRules, requireConfiguration } from "./configuration.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "./flags.ts";
import { formatDiagnostics } from "./format-diagnostics.ts";

export const checkCommand: CliCommand = {
  name: "check",
  summary:
    "Configuration, policies with their cases, rules with their tests, mappings of sources with their payloads: file, line and fix for each problem",
  configure: (command, context) => {
    withJson(withPlaces(command)).action(context.action((flags: PlaceFlags & JsonFlag) => runCheck(flags, context)));
  },
};

const runCheck = async (flags: PlaceFlags & JsonFlag, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const { diagnostics, counted } = checkContent(loaded);
  const all = [...(await checkConfiguration(loaded, terminal.env)), ...diagnostics];
  const errors = all.filter(({ level }) => level === "error").length;
  const warnings = all.length - errors;
  if (flags.json === true)
    terminal.out(printJson({ ok: errors === 0, errors, warnings, checked: counted, diagnostics: all }));
  else {
    if (all.length > 0) terminal.out(formatDiagnostics(all));
    const looked = `${counted.routes} routes, ${counted.policies} policies with ${counted.cases} cases, ${counted.rules} rules with ${counted.tests} tests, ${counted.mappings} mappings of sources with their payloads`;
    terminal.say(
      all.length === 0 ? `Nothing wrong: ${looked}.` : `${errors} errors, ${warnings} warnings in ${looked}.`,
    );
  }
  return errors > 0 ? EXIT.found : EXIT.done;
};

/** Where a case stands, found by its name; cases carry their file but not their line. */
const lineOf = (file: string, name: string): number | undefined => {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const index = lines.findIndex((line) => /^\s*-?\s*name:/.test(line) && line.includes(name));
  return index === -1 ? undefined : index + 1;
};

/** Sources of a kind that is neither built in nor mapped: the server would refuse to start. */
const unknownKinds = ({ configuration, file }: LoadedConfiguration, mapped: readonly Source[]): Diagnostic[] => {
  const kinds = [...SOURCES, ...mapped].map(({ id }) => id);
  return configuration.sources.flatMap(({ id, kind }): Diagnostic[] => {
    if (kinds.includes(kind)) return [];
    const near = nearest(kind, kinds);
    return [
      {
        level: "error",
        file: file ?? "(defaults)",
        message: `source ${id}: there is no kind "${kind}"`,
        fix: near === undefined ? `one of ${kinds.join(", ")}` : `did you mean ${near}?`,
      },
    ];
  });
};

const checkContent = (loaded: LoadedConfiguration) => {
  const policies = readPolicies(loaded);
  const rules = readRules(loaded);
  const mappings = readSourceMappings(loaded);
  const cases = policies.ok ? policies.set.test() : [];
  const tests = rules.set.test();
  const failedCases = cases
    .filter(({ passed }) => !passed)
    .map(({ file, name, expected, actual, policy }): Diagnostic => {
      const line = lineOf(file, name);
      return {
        level: "error",
        file,
        ...(line !== undefined && { line }),
        message: `the case "${name}" of ${policy === "" ? "the whole set" : policy} expects ${expected} and gets ${actual}`,
        fix: "change the policy, or the case if the policy is right",
      };
    });
  const failedTests = tests
    .filter(({ passed }) => !passed)
    .map(({ file, line, name, rule, expected, groups }): Diagnostic => ({
      level: "error",
      file,
      line,
      message: `the test "${name}" of ${rule} ${
        groups === undefined
          ? `expects ${expected ? "a match and there is none" : "no match and there is one"}`
          : `fires for ${JSON.stringify(groups)}`
      }`,
      fix: "change the detection, or the test if the detection is right",
    }));
  return {
    diagnostics: [
      ...policies.diagnostics,
      ...failedCases,
      ...rules.diagnostics,
      ...failedTests,
      ...mappings.diagnostics,
      ...unknownKinds(loaded, mappings.sources),
    ],
    counted: {
      routes: loaded.configuration.routes.length,
      policies: policies.ok ? policies.set.policies.length : 0,
      cases: cases.length,
      rules: rules.set.rules.length + rules.set.correlations.length,
      tests: tests.length,
      mappings: mappings.sources.length,
    },
  };
};

/** Whether the second opinion could be asked as it is written; nobody is asked. */
const checkOpinion = async (
  { configuration, base, file }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<Diagnostic[]> => {
  try {
    await openPatientOpinion(configuration, base, env)?.opinion.close();
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const fix = "docs/second-opinion.md shows each kind; no gateway starts like this";
    return [{ level: "error", file: file ?? "(defaults)", ...placeOf(file, /^second_opinion:/), message, fix }];
  }
};

/** What parses and still would not do what was meant. */
const checkConfiguration = async (loaded: LoadedConfiguration, env: NodeJS.ProcessEnv): Promise<Diagnostic[]> => {
  const { configuration, base } = loaded;
  const file = loaded.file ?? "(defaults)";
  const inspector = readInspector(loaded);
  const stored = await storedCredentials(configuration.data);
  const folders = [...configuration.policies, ...configuration.rules].filter(
    (folder) => !existsSync(resolve(base, folder)),
  );
  return [
    ...("problem" in inspector ? [{ ...inspector.problem, ...placeOf(loaded.file, /^detectors:/) }] : []),
    ...folders.map((folder): Diagnostic => ({
      level: "warning",
      file,
      ...placeOf(loaded.file, folder),
      message: `the folder ${folder} does not exist`,
      fix: "make it, or take it out of the list",
    })),
    ...checkSelfTest(configuration, base),
    ...(await checkOpinion(loaded, env)),
    ...checkGuards(loaded),
    ...configuration.routes.flatMap((route) => checkRoute(route, loaded.file, env, stored)),
  ];
};

const checkRoute = (
  route: RouteConfiguration,
  path: string | undefined,
  env: NodeJS.ProcessEnv,
  stored: ReadonlySet<string>,
): Diagnostic[] => {
  const file = path ?? "(defaults)";
  const at = placeOf(path, new RegExp(`id:\\s*["']?${route.id.replaceAll(".", "\\.")}\\b`));
  const warn = (message: string, fix: string, place: Place = at): Diagnostic => ({
    level: "warning",
    file,
    ...place,
    message: `route ${route.id}: ${message}`,
    fix,
  });
  const credential = resolveCredential(route, env, (name) => (stored.has(name) ? "stored" : undefined));
  const unknown = (route.detectors ?? []).filter((id) => !DETECTORS.some((detector) => detector.id === id));
  return [
    ...(credential.ok
      ? []
      : [
          warn(
            `no credential for the upstream: ${credential.message}`,
            "set it before starting, or use `credential: caller`",
            placeOf(path, route.credential ?? ""),
          ),
        ]),
    ...unknown.map((id): Diagnostic => {
      const meant = nearest(
        id,
        DETECTORS.map((detector) => detector.id),
      );
      const fix =
        meant === undefined
          ? `detectors are ${DETECTORS.map((detector) => detector.id).join(", ")}`
          : `did you mean "${meant}"?`;
      return { ...warn(`there is no detector "${id}"`, fix), level: "error" };
    }),
    ...(route.inspect
      ? []
      : [warn("nothing is inspected (inspect: false); every part is recorded as bypassed", "set inspect: true")]),
    ...(route.mode === "enforce" && route.on_failure === "open"
      ? [
          warn(
            "enforces, but passes what could not be inspected (on_failure: open)",
            "set on_failure: closed, unless that is meant",
          ),
        ]
      : []),
  ];
};

type Place = { readonly line?: number; readonly column?: number };

/** First place in the file where the words stand; nowhere for the defaults. */
const placeOf = (path: string | undefined, words: string | RegExp): Place => {
  if (path === undefined || words === "") return {};
  const lines = readFileSync(path, "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    const column = typeof words === "string" ? line.indexOf(words) : line.search(words);
    if (column !== -1) return { line: index + 1, column: column + 1 };
  }
  return {};
};

/** Names only; the values stay sealed. */
export const storedCredentials = async (dataDirectory: string): Promise<ReadonlySet<string>> => {
  const path = join(dataDirectory, "control.db");
  if (!existsSync(path)) return new Set();
  const control = openSqliteControlStore(path);
  try {
    return new Set((await control.listCredentials(DEFAULT_TENANT)).map(({ name }) => name));
  } finally {
    await control.close();
  }
};
