import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { AgentScope, ScopeChange } from "@parapet/model";
import { ScopeComparison, ScopeProposal } from "@parapet/model/api";
import { parse, stringify } from "yaml";
import { CommandFailed, EXIT, type CommandContext, type ExitCode, type Terminal } from "../command.ts";
import { parseCount, parseFlag, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { queryOf, type ServerClient } from "../server-client.ts";
import { renderTable } from "../table.ts";
import { pathOf } from "./show.ts";

export type ScopeFlags = PlaceFlags & JsonFlag & { readonly days: string; readonly scope?: string };
export type ConfirmFlags = ScopeFlags & { readonly reason: string; readonly acceptOutside: string };
export type WithdrawFlags = PlaceFlags & JsonFlag & { readonly reason: string };

/** A scope from a file (YAML or JSON, as `propose` prints it). */
const readScope = (given: string, { workingDirectory }: Pick<Terminal, "workingDirectory">): ScopeChange => {
  const file = resolve(workingDirectory, given);
  if (!existsSync(file)) throw new CommandFailed(EXIT.usage, `--scope: there is no file ${printable(file)}.`);
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : "it is no YAML";
    throw new CommandFailed(EXIT.usage, `--scope ${printable(file)}: ${printable(why)}`);
  }
  return parseFlag(ScopeChange, value, `--scope ${file}`);
};

const proposalOf = (server: ServerClient, agent: string, days: number): Promise<ScopeProposal> =>
  server.get(`${pathOf(agent)}/proposal${queryOf({ days })}`, ScopeProposal);

/** What was written to a file, or else what would be proposed now. */
const scopeOf = async (
  server: ServerClient,
  agent: string,
  flags: ScopeFlags,
  { terminal }: CommandContext,
): Promise<ScopeChange> =>
  flags.scope === undefined
    ? (await proposalOf(server, agent, parseCount(flags.days, "--days"))).scope
    : readScope(flags.scope, terminal);

const tellComparison = (terminal: Terminal, comparison: ScopeComparison, tell: (text: string) => void): void => {
  const { calls, sessions, outside, outsideSessions, reasons, samples, stopped, unknown, complete } = comparison;
  tell(
    `${outside} of ${calls} calls that passed since ${comparison.since} are outside it, in ${outsideSessions} of ${sessions} sessions.`,
  );
  for (const { kind, what, calls: count } of reasons)
    tell(`  ${kind} ${printable(what)}: ${count} ${count === 1 ? "call" : "calls"}`);
  if (samples.length > 0)
    tell(
      renderTable(
        ["time", "tool", "exchange", "why"],
        samples.map(({ time, tool, exchange, reasons: why }) => [
          time,
          shorten(tool, 60),
          exchange,
          shorten(why.join(" "), 100),
        ]),
      ),
    );
  for (const one of comparison.widens) tell(`  It allows, and the scope in force does not: ${printable(one)}`);
  for (const one of comparison.narrows) tell(`  The scope in force allows, and it does not: ${printable(one)}`);
  if (stopped > 0) tell(`${stopped} calls were stopped or held, or would have been, and are not looked at.`);
  if (unknown > 0) tell(`The arguments of ${unknown} calls are not known: their hosts and amounts were not compared.`);
  if (!complete) terminal.say("There was more than could be read; the newest was.");
};

export const runPropose = async (agent: string, flags: ScopeFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const proposal = await proposalOf(await requireServer(flags, context), agent, days);
  if (flags.json === true) {
    terminal.out(printJson(proposal));
    return EXIT.done;
  }
  const { basis, notes, comparison } = proposal;
  terminal.out(stringify(proposal.scope).trimEnd());
  terminal.say(
    `It rests on ${basis.calls} calls of ${basis.sessions} sessions on ${basis.days} days; ${basis.stopped} calls taught nothing.`,
  );
  for (const note of notes) terminal.say(printable(note));
  tellComparison(terminal, comparison, terminal.say);
  return EXIT.done;
};

export const runCompare = async (agent: string, flags: ScopeFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const server = await requireServer(flags, context);
  const scope = await scopeOf(server, agent, flags, context);
  const comparison = await server.send("POST", `${pathOf(agent)}/compare`, { scope, days }, ScopeComparison);
  if (flags.json === true) terminal.out(printJson(comparison));
  else tellComparison(terminal, comparison, terminal.out);
  return comparison.outside > 0 ? EXIT.found : EXIT.done;
};

export const runConfirm = async (agent: string, flags: ConfirmFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const outside = flags.acceptOutside === "0" ? 0 : parseCount(flags.acceptOutside, "--accept-outside");
  const server = await requireServer(flags, context);
  const scope = await scopeOf(server, agent, flags, context);
  const comparison = await server.send("POST", `${pathOf(agent)}/compare`, { scope, days }, ScopeComparison);
  if (comparison.outside > outside) {
    tellComparison(terminal, comparison, terminal.say);
    terminal.say(`Nothing was confirmed. To accept that: --accept-outside ${comparison.outside}`);
    return EXIT.found;
  }
  const body = { scope, days, outside, reason: flags.reason };
  const confirmed = await server.send("POST", `${pathOf(agent)}/scopes`, body, AgentScope);
  if (flags.json === true) terminal.out(printJson(confirmed));
  else
    terminal.out(
      `Version ${confirmed.version} of the scope of ${printable(agent)} is in force: ${scope.tools.length} tools, ${scope.limits.length} limits. \`parapet agents withdraw\` takes it back.`,
    );
  return EXIT.done;
};

export const runWithdraw = async (agent: string, flags: WithdrawFlags, context: CommandContext): Promise<ExitCode> => {
  const server = await requireServer(flags, context);
  const withdrawn = await server.send("POST", `${pathOf(agent)}/withdraw`, { reason: flags.reason }, AgentScope);
  if (flags.json === true) context.terminal.out(printJson(withdrawn));
  else
    context.terminal.out(
      `Version ${withdrawn.version} of the scope of ${printable(agent)} is taken back; what the configuration declares holds again.`,
    );
  return EXIT.done;
};
