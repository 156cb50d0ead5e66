import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { compileRule, eventTimeMs, loadRules, type CorrelationHit, type RuleEvent, type RuleSet } from "#rules";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { printable } from "../printable.ts";
import { isRecord, parseJson } from "../scan/loose-json.ts";
import { readLines } from "../scan/read-lines.ts";

export interface MatchFlags {
  readonly events: string;
  readonly json?: boolean;
}

/** Most hits that a correlation is given; a file may be longer. */
const HITS_MAX = 1_000_000;

const fileOf = (given: string, { terminal }: CommandContext): string => {
  const path = resolve(terminal.workingDirectory, given);
  if (!existsSync(path)) throw new CommandFailed(EXIT.usage, `There is no file ${printable(path)}.`);
  return path;
};

/**
 * Rules over a file of events, one JSON object a line: prints `{"line","match"}` for each, or with a correlation the
 * groups that fire. Only the detection is asked, not the log source, so that events of any product can be tried.
 * Lines count from 1; a line that is no object does not match and says so.
 */
export const runMatch = async (
  rulePaths: readonly string[],
  flags: MatchFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  const files = rulePaths.map((given) => {
    const path = fileOf(given, context);
    return { path: /\.ya?ml$/.test(path) ? path : `${path}.yml`, text: readFileSync(path, "utf8") };
  });
  const { set, diagnostics } = loadRules(files, []);
  const notable = diagnostics.filter(({ message }) => !message.startsWith("No events of service"));
  if (notable.length > 0) terminal.say(formatDiagnostics(notable));
  if (notable.some(({ level }) => level === "error") || set.rules.length === 0) return EXIT.usage;
  return set.correlations.length === 0 ? await matchLines(set, flags, context) : await matchGroups(set, flags, context);
};

/** Reads the events; what is none is said, and `broken` is told. */
const eachEvent = async function* (
  flags: MatchFlags,
  context: CommandContext,
  broken: (line: number, problem: string) => void,
): AsyncGenerator<{ readonly line: number; readonly event: RuleEvent }> {
  for await (const line of readLines(fileOf(flags.events, context), () => undefined)) {
    if (line.ok && line.text.trim() === "") continue;
    const value = line.ok ? parseJson(line.text) : undefined;
    if (isRecord(value)) {
      yield { line: line.number, event: value };
      continue;
    }
    const problem = line.ok ? "not a JSON object" : line.reason;
    context.terminal.say(`${printable(flags.events)}:${line.number}: ${problem}`);
    broken(line.number, problem);
  }
};

const matchLines = async (set: RuleSet, flags: MatchFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const predicates = set.rules.map((rule) => ({ key: rule.key, holds: compileRule(rule) }));
  let [events, matches, malformed] = [0, 0, 0];
  const broken = (line: number, problem: string): void => {
    malformed += 1;
    terminal.out(JSON.stringify({ line, match: false, problem }));
  };
  for await (const { line, event } of eachEvent(flags, context, broken)) {
    events += 1;
    const rules = predicates.flatMap(({ key, holds }) => (holds(event) ? [key] : []));
    const match = rules.length > 0;
    if (match) matches += 1;
    terminal.out(JSON.stringify({ line, match, ...(predicates.length > 1 && { rules }) }));
  }
  const name = set.rules.length === 1 ? (set.rules[0]?.title ?? "") : `${set.rules.length} rules`;
  if (flags.json !== true) terminal.say(`${printable(name)}: ${matches} of ${events + malformed} events match.`);
  return malformed > 0 ? EXIT.found : EXIT.done;
};

const matchGroups = async (set: RuleSet, flags: MatchFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const below = new Set(set.correlations.flatMap(({ rules }) => rules));
  const asked = set.correlations.filter(({ key }) => !below.has(key));
  const bottom = new Set(asked.flatMap((correlation) => set.reachOf(correlation).rules));
  const predicates = set.rules.filter(({ key }) => bottom.has(key)).map((rule) => ({ rule, holds: compileRule(rule) }));
  const hits: CorrelationHit[] = [];
  let [malformed, timeless] = [0, 0];
  for await (const { line, event } of eachEvent(flags, context, () => (malformed += 1))) {
    for (const { rule, holds } of predicates) {
      if (!holds(event)) continue;
      const timeMs = eventTimeMs(event);
      if (timeMs === undefined) timeless += 1;
      else if (hits.length < HITS_MAX)
        hits.push({
          rule: rule.key,
          timeMs,
          event: String(line).padStart(12, "0"),
          exchange: "",
          fields: set.hitFields(rule.key, event),
        });
      else throw new CommandFailed(EXIT.unable, `More than ${HITS_MAX} events match; split the file.`);
    }
  }
  let fired = 0;
  for (const correlation of asked) {
    for (const episode of set.correlate(correlation, hits, Number.POSITIVE_INFINITY)) {
      fired += 1;
      const { group, startMs, endMs, count, value } = episode;
      const [first, last] = [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
      terminal.out(JSON.stringify({ rule: correlation.key, group, firstSeen: first, lastSeen: last, count, value }));
    }
  }
  if (timeless > 0)
    terminal.say(`${timeless} matching events have no time and were left out; name it time, @timestamp or eventTime.`);
  if (flags.json !== true)
    terminal.say(
      `${asked.map(({ title }) => printable(title)).join(", ")}: fired ${fired} times over ${hits.length} matching events.`,
    );
  return malformed > 0 || timeless > 0 ? EXIT.found : EXIT.done;
};
