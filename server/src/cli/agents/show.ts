import { AgentDetail, AgentsResponse, type AgentSummary } from "@parapet/model/api";
import { EXIT, type CommandContext, type ExitCode } from "../command.ts";
import { parseCount, printJson, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { queryOf } from "../server-client.ts";
import { renderTable } from "../table.ts";

export type ShowFlags = PlaceFlags & JsonFlag & { readonly days: string };

export const pathOf = (agent: string): string => `/agents/${encodeURIComponent(agent)}`;

const usedOf = ({ tools, unused, outside, scope }: AgentSummary): string =>
  scope === "none"
    ? `${tools.length} tools`
    : `${tools.length - outside.length} granted, ${outside.length} not; ${unused.length} unused`;

export const runList = async (flags: ShowFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const list = await (await requireServer(flags, context)).get(`/agents${queryOf({ days })}`, AgentsResponse);
  if (flags.json === true) terminal.out(printJson(list));
  else if (list.items.length === 0)
    terminal.say(
      `No agent was seen in ${days} days, and none is declared. Name one in x-parapet-agent, or bind a key to it: \`parapet keys create --name NAME --agent AGENT\`.`,
    );
  else {
    terminal.out(
      renderTable(
        ["agent", "risk", "scope", "used", "calls", "stopped", "held", "last seen", "what to look at"],
        list.items.map((one) => [
          shorten(one.id, 60),
          one.risk.level,
          one.scope,
          usedOf(one),
          `${one.calls}`,
          `${one.stopped}`,
          `${one.held}`,
          one.lastSeen ?? "not seen",
          shorten(one.risk.reasons[0] ?? "", 80),
        ]),
      ),
    );
  }
  return EXIT.done;
};

export const runShow = async (agent: string, flags: ShowFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const days = parseCount(flags.days, "--days");
  const server = await requireServer(flags, context);
  const detail = await server.get(`${pathOf(agent)}${queryOf({ days })}`, AgentDetail);
  if (flags.json === true) {
    terminal.out(printJson(detail));
    return EXIT.done;
  }
  const { summary, use, grants, versions } = detail;
  const confirmed = versions.find(({ state }) => state === "confirmed");
  terminal.out(
    `${printable(summary.id)}: ${summary.risk.level} risk. In ${days} days: calls ${use.calls}, stopped ${use.stopped}, held ${use.held}, sessions ${use.sessions}.`,
  );
  for (const reason of summary.risk.reasons) terminal.out(`  ${printable(reason)}`);
  terminal.out(
    confirmed === undefined
      ? `Scope: ${summary.scope === "declared" ? "as the configuration declares it" : "none"}.`
      : `Scope: version ${confirmed.version}, confirmed by ${printable(confirmed.confirmedBy)} at ${confirmed.confirmedAt}: ${printable(confirmed.reason)}`,
  );
  if (grants.length > 0)
    terminal.out(
      renderTable(
        ["", "granted or used", "state", "file", "confirmed", "calls"],
        grants.map(({ kind, name, state, inFile, confirmed: here, calls }) => [
          kind,
          shorten(name, 80),
          state,
          inFile ? "yes" : "",
          here ? "yes" : "",
          `${calls}`,
        ]),
      ),
    );
  if (use.tools.length > 0)
    terminal.out(
      renderTable(
        ["tool", "server", "effects", "calls", "stopped", "held", "sessions", "last seen"],
        use.tools.map((tool) => [
          shorten(tool.tool, 60),
          shorten(tool.server, 40),
          tool.effects.join(", "),
          `${tool.calls}`,
          `${tool.stopped}`,
          `${tool.held}`,
          `${tool.sessions}`,
          tool.lastSeen,
        ]),
      ),
    );
  if (!use.complete) terminal.say("There was more than could be read; the newest was.");
  return EXIT.done;
};
