import { existsSync } from "node:fs";
import { DEFAULT_TENANT, type RuleChange } from "@parapet/model";
import { RuleChanges, type RuleChangeMark } from "@parapet/model/api";
import { changeMarks, promotedTexts, readRuleChanges } from "#api";
import type { LoadedConfiguration } from "#compose";
import { systemClock } from "#platform";
import type { Correlation, Rule } from "#rules";
import { EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { readRules, requireConfiguration } from "../configuration.ts";
import { printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { withOfflineStore } from "../offline-store.ts";
import { findServer } from "../server-client.ts";
import { paintSeverity, renderTable } from "../table.ts";

/** From the server that runs, or from the store when none does. */
const changesOf = async (
  { configuration }: LoadedConfiguration,
  { terminal }: CommandContext,
): Promise<readonly RuleChange[]> => {
  const server = await findServer(configuration.data);
  if (server !== undefined) return (await server.get("/rule-changes", RuleChanges)).items;
  if (!existsSync(configuration.data)) return [];
  return withOfflineStore(configuration.data, terminal.env, ({ control }) =>
    readRuleChanges({ control, clock: systemClock }, DEFAULT_TENANT),
  );
};

const words = (mark: RuleChangeMark | undefined): string => {
  if (mark === undefined) return "";
  const shadows = mark.shadows === 1 ? "one in shadow" : `${mark.shadows} in shadow`;
  if (mark.state === "shadow") return shadows;
  return mark.shadows === 0 ? "promoted" : `promoted, ${shadows}`;
};

const common = ({ key, id, title, description, status, severity, tags, file, tests }: Rule | Correlation) => ({
  key,
  id,
  title,
  description,
  status,
  severity,
  tags,
  file,
  tests: tests.length,
});

/** What is in force: the folders' rules, and over them what was promoted. */
export const runList = async (flags: PlaceFlags & JsonFlag, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const loaded = requireConfiguration(flags, context);
  const changes = await changesOf(loaded, context);
  const marks = changeMarks(changes);
  const { set, diagnostics } = readRules(loaded, promotedTexts(changes));
  const problems = diagnostics.filter(({ level }) => level === "error");
  if (problems.length > 0) terminal.say(formatDiagnostics(problems));
  if (flags.json === true) {
    const rules = set.rules.map((one) => ({ ...common(one), logsource: one.logsource, change: marks.get(one.key) }));
    const correlations = set.correlations.map((one) => ({
      ...common(one),
      type: one.type,
      rules: one.rules,
      change: marks.get(one.key),
    }));
    terminal.out(printJson({ version: set.version, rules, correlations }));
  } else {
    const all = [...set.rules, ...set.correlations];
    const isAnyChanged = all.some(({ key }) => marks.has(key));
    terminal.out(
      renderTable(
        ["rule", "severity", "status", "tests", ...(isAnyChanged ? ["changed"] : []), "what"],
        all.map(({ key, severity, status, tests, title }) => [
          key,
          { shown: paintSeverity(terminal, severity) },
          status,
          `${tests.length}`,
          ...(isAnyChanged ? [words(marks.get(key))] : []),
          title,
        ]),
      ),
    );
    terminal.say(`${set.rules.length} rules, ${set.correlations.length} correlations, version ${set.version}`);
    if (isAnyChanged) terminal.say("What was changed and why: parapet rules changes");
  }
  return problems.length === 0 ? EXIT.done : EXIT.found;
};
