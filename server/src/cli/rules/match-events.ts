import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { compileRule, parseRule } from "#rules";
import { CommandFailed, EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { formatDiagnostics } from "../format-diagnostics.ts";
import { printable } from "../printable.ts";
import { isRecord, parseJson } from "../scan/loose-json.ts";
import { readLines } from "../scan/read-lines.ts";

export interface MatchFlags {
  readonly events: string;
  readonly json?: boolean;
}

const fileOf = (given: string, { terminal }: CommandContext): string => {
  const path = resolve(terminal.workingDirectory, given);
  if (!existsSync(path)) throw new CommandFailed(EXIT.usage, `There is no file ${printable(path)}.`);
  return path;
};

/**
 * One rule over a file of events, one JSON object a line: prints `{"line","match"}` for each. Only the detection
 * is asked, not the log source, so that events of any product can be tried. Lines count from 1; a line that is
 * no object does not match and says so.
 */
export const runMatch = async (rulePath: string, flags: MatchFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const path = fileOf(rulePath, context);
  const parsed = parseRule(readFileSync(path, "utf8"), path);
  if (parsed.diagnostics.length > 0) terminal.say(formatDiagnostics(parsed.diagnostics));
  if (!parsed.ok) return EXIT.usage;
  const holds = compileRule(parsed.rule);
  let [events, matches, malformed] = [0, 0, 0];
  for await (const line of readLines(fileOf(flags.events, context), () => undefined)) {
    if (line.ok && line.text.trim() === "") continue;
    events += 1;
    const value = line.ok ? parseJson(line.text) : undefined;
    if (!isRecord(value)) {
      malformed += 1;
      const problem = line.ok ? "not a JSON object" : line.reason;
      terminal.say(`${printable(flags.events)}:${line.number}: ${problem}`);
      terminal.out(JSON.stringify({ line: line.number, match: false, problem }));
      continue;
    }
    const match = holds(value);
    if (match) matches += 1;
    terminal.out(JSON.stringify({ line: line.number, match }));
  }
  if (flags.json !== true) terminal.say(`${printable(parsed.rule.title)}: ${matches} of ${events} events match.`);
  return malformed > 0 ? EXIT.found : EXIT.done;
};
