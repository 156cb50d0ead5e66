import { APPROVAL_STATES, Approval, ApprovalState } from "@parapet/model";
import { ApprovalDetail, ApprovalsPage } from "@parapet/model/api";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { parseCount, parseFlag, printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { queryOf } from "../server-client.ts";
import { paintSeverity, renderTable } from "../table.ts";
import { renderApproval } from "./render.ts";

type Flags = PlaceFlags & JsonFlag;
type ListFlags = Flags & { readonly state?: string; readonly limit: string };
type DecideFlags = Flags & { readonly reason?: string };

export const approvalsCommand: CliCommand = {
  name: "approvals",
  summary: "What policies hold for a person: list, show, approve, deny",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "What waits and what was decided, newest first")
      .option("--state <state>", APPROVAL_STATES.join(", "))
      .option("--limit <n>", "at most this many", "50")
      .action(context.action((flags: ListFlags) => runList(flags, context)));
    add("show", "One approval: the whole call, where its arguments come from, how it differs from usual")
      .argument("<id>", "the approval's id")
      .action(context.action((id: string, flags: Flags) => runShow(id, flags, context)));
    add("approve", "Let it pass, once; as the user whose token PARAPET_TOKEN holds")
      .argument("<id>", "the approval's id")
      .option("--reason <text>", "why; kept with the decision")
      .action(context.action((id: string, flags: DecideFlags) => runDecide(id, "approve", flags, context)));
    add("deny", "Stop it; as the user whose token PARAPET_TOKEN holds")
      .argument("<id>", "the approval's id")
      .option("--reason <text>", "why; kept with the decision and shown to who asked")
      .action(context.action((id: string, flags: DecideFlags) => runDecide(id, "deny", flags, context)));
  },
};

const runList = async (flags: ListFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const state = flags.state === undefined ? undefined : parseFlag(ApprovalState, flags.state, "--state");
  const limit = parseCount(flags.limit, "--limit");
  const server = await requireServer(flags, context);
  const page = await server.get(`/approvals${queryOf({ state, limit })}`, ApprovalsPage);
  if (flags.json === true) terminal.out(printJson(page));
  else if (page.items.length === 0) terminal.say("Nothing waits for a person.");
  else
    terminal.out(
      renderTable(
        ["state", "severity", "until", "who", "what", "policy", "id"],
        page.items.map((one) => [
          one.state,
          { shown: paintSeverity(terminal, one.severity) },
          one.expiresAt,
          shorten(one.agent ?? one.principal, 40),
          shorten(one.tool === "" ? one.what : `${one.server === "" ? "" : `${one.server}/`}${one.tool}`, 60),
          one.policy,
          one.id,
        ]),
      ),
    );
  return EXIT.done;
};

const runShow = async (id: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const server = await requireServer(flags, context, tokenOf(context));
  const approval = await server.get(`/approvals/${encodeURIComponent(id)}`, ApprovalDetail);
  terminal.out(flags.json === true ? printJson(approval) : renderApproval(approval));
  return EXIT.done;
};

const runDecide = async (
  id: string,
  decision: "approve" | "deny",
  flags: DecideFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  const token = tokenOf(context);
  if (token === undefined)
    throw new CommandFailed(
      EXIT.usage,
      "Who decides? Set PARAPET_TOKEN to the token of a user with the role approver (PARAPET_ADMIN_TOKEN is taken as well).",
    );
  const server = await requireServer(flags, context, token);
  const body = { decision, ...(flags.reason !== undefined && { reason: flags.reason }) };
  const decided = await server.send("POST", `/approvals/${encodeURIComponent(id)}/decision`, body, Approval);
  if (flags.json === true) terminal.out(printJson(decided));
  else if (decided.state === "approved")
    terminal.out(
      `${decided.id} may pass once until ${decided.expiresAt}, approved by ${printable(decided.decidedBy ?? "")}`,
    );
  else terminal.out(`${decided.id} is denied by ${printable(decided.decidedBy ?? "")}`);
  return EXIT.done;
};

/** The socket lets whoever opens it read; a decision needs somebody's name. */
const tokenOf = ({ terminal }: CommandContext): string | undefined =>
  [terminal.env["PARAPET_TOKEN"], terminal.env["PARAPET_ADMIN_TOKEN"]].find(
    (token) => token !== undefined && token !== "",
  );
