import { PROVENANCES, Provenance, type Match } from "@parapet/model";
import { InspectRequest, type InspectResponse } from "@parapet/model/api";
import { answerInspect, answerInspectWithOpinion, openPatientOpinion, type LoadedConfiguration } from "#compose";
import type { OpinionTools } from "#pipeline";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode, type Terminal } from "../command.ts";
import { requireConfiguration, requireInspector, requirePolicies } from "../configuration.ts";
import { parseFlag, printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { paint, paintSeverity } from "../table.ts";
import { lineAndColumn, markSpan } from "./mark-span.ts";

type InspectFlags = PlaceFlags &
  JsonFlag & { readonly provenance: string; readonly route?: string; readonly secondOpinion?: boolean };

export const inspectCommand: CliCommand = {
  name: "inspect",
  summary: "One text through the detectors and policies, as an enforcing route would see it",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .argument("[text]", "the text; `-` or nothing reads standard input")
      .option("--provenance <p>", `who could have written it: ${PROVENANCES.join(", ")}`, "user")
      .option("--route <id>", "as on this route of the configuration")
      .option("--second-opinion", "ask the configured second opinion where the detectors are unsure")
      .action(context.action((text: string | undefined, flags: InspectFlags) => runInspect(text, flags, context)));
  },
};

const runInspect = async (
  given: string | undefined,
  flags: InspectFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  const provenance = parseFlag(Provenance, flags.provenance, "--provenance");
  const loaded = requireConfiguration(flags, context);
  const { routes } = loaded.configuration;
  if (flags.route !== undefined && !routes.some(({ id }) => id === flags.route)) {
    throw new CommandFailed(
      EXIT.usage,
      `--route ${printable(flags.route)}: routes are ${routes.map(({ id }) => id).join(", ") || "none"}`,
    );
  }
  const text = given === undefined || given === "-" ? await terminal.stdin() : given;
  if (text === "")
    throw new CommandFailed(EXIT.usage, "There is no text: pass it as an argument or on standard input.");
  const request = InspectRequest.safeParse({ segments: [{ text, provenance }], route: flags.route });
  if (!request.success) {
    throw new CommandFailed(
      EXIT.usage,
      "The text is longer than a million characters; `parapet scan FILE` reads files of any length.",
    );
  }
  const inspector = requireInspector(loaded);
  const policies = requirePolicies(loaded);
  const tools = flags.secondOpinion === true ? requireOpinion(loaded, context) : undefined;
  const answer =
    tools === undefined
      ? answerInspect(request.data, inspector, policies, routes)
      : await answerInspectWithOpinion(request.data, inspector, policies, routes, tools);
  if (tools !== undefined) {
    sayOpinion(answer, terminal);
    await tools.opinion.close();
  }
  if (flags.json === true) terminal.out(printJson(answer));
  else showAnswer(text, answer, terminal);
  return answer.matches.length > 0 || answer.verdict !== "allow" ? EXIT.found : EXIT.done;
};

const requireOpinion = ({ configuration, base }: LoadedConfiguration, { terminal }: CommandContext): OpinionTools => {
  try {
    const tools = openPatientOpinion(configuration, base, terminal.env);
    if (tools !== undefined) return tools;
  } catch (error) {
    throw new CommandFailed(EXIT.usage, error instanceof Error ? error.message : String(error));
  }
  throw new CommandFailed(
    EXIT.usage,
    "--second-opinion: the configuration has no section `second_opinion`; docs/second-opinion.md shows one.",
  );
};

/** Who was asked, and what came of it. */
const sayOpinion = ({ receipt }: InspectResponse, terminal: Terminal): void => {
  const [entry] = receipt.filter(({ detector }) => detector === "second-opinion");
  terminal.say(
    entry === undefined
      ? "second opinion: not asked, the text is not in the grey zone"
      : `second opinion of ${printable(entry.version)}: ${printable(entry.reason ?? entry.outcome)}`,
  );
};

const showAnswer = (text: string, answer: InspectResponse, terminal: Terminal): void => {
  const verdict = answer.policy === undefined ? answer.verdict : `${answer.verdict} by ${printable(answer.policy)}`;
  const found = answer.matches.length === 0 ? "nothing found" : `${answer.matches.length} found`;
  terminal.out(`${paint(terminal, "bold", verdict)}: ${found} in ${text.length} characters`);
  const ordered = answer.matches.toSorted((a, b) => a.start - b.start || b.confidence - a.confidence);
  for (const match of ordered) terminal.out(`\n${showMatch(text, match, terminal)}`);
  const unread = answer.receipt.filter(({ outcome }) => outcome !== "inspected" && outcome !== "skipped");
  for (const { detector, outcome, reason } of unread) {
    terminal.say(`${printable(detector)}: ${outcome}${reason === undefined ? "" : `, ${printable(reason)}`}`);
  }
};

const showMatch = (text: string, match: Match, terminal: Terminal): string => {
  const { line, column } = lineAndColumn(text, match.start);
  const [shown, carets] = markSpan(text, match.start, match.end);
  const view = match.view === "original" ? "" : `, in the ${match.view} form`;
  const clues = (match.clues ?? []).map(
    ({ weight, why, text: words }) =>
      `    ${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(1).padStart(4)}  ${printable(why)}: “${printable(words)}”`,
  );
  return [
    `${paintSeverity(terminal, match.severity)}  ${printable(match.detector)}/${printable(match.type)}  ${Math.round(match.confidence * 100)} %  line ${line}, column ${column}${view}`,
    `  ${printable(match.reason)}`,
    `    ${shown}`,
    `    ${paint(terminal, "red", carets)}`,
    ...clues,
  ].join("\n");
};
