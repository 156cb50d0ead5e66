import { ToolPin } from "@parapet/model";
import { ToolPinsAnswer } from "@parapet/model/api";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable, shorten } from "../printable.ts";
import { requireServer } from "../require-server.ts";
import { renderTable } from "../table.ts";
import { renderHeld } from "./render.ts";

type Flags = PlaceFlags & JsonFlag;
type ListFlags = Flags & { readonly held?: boolean };
type ApproveFlags = Flags & { readonly hash?: string };

export const toolsCommand: CliCommand = {
  name: "tools",
  summary:
    "Tools of MCP servers and applications, cards of A2A agents: which definition is in force, what changed, approve",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("list", "Every tool that was seen; what waits for approval with its difference")
      .option("--held", "only what waits for approval")
      .action(context.action((flags: ListFlags) => runList(flags, context)));
    add("approve", "Put the definition that waits in force; as the user whose token PARAPET_TOKEN holds")
      .argument("<server>", "the server's id, or `route:ROUTE` or `route:ROUTE@AGENT` for an application's tools")
      .argument("<tool>", "the tool, as its server calls it")
      .option("--hash <hash>", "only this definition, by its hash or the beginning of it")
      .action(
        context.action((server: string, tool: string, flags: ApproveFlags) => runApprove(server, tool, flags, context)),
      );
  },
};

const runList = async (flags: ListFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const server = await requireServer(flags, context);
  const answer = await server.get("/tools", ToolPinsAnswer);
  const items = flags.held === true ? answer.items.filter(({ pending }) => pending !== undefined) : answer.items;
  if (flags.json === true) terminal.out(printJson({ ...answer, items }));
  else if (items.length === 0)
    terminal.say(flags.held === true ? "Nothing waits for approval." : "No tool was seen yet.");
  else {
    const rows = items.map((pin) => [
      pin.varies === true ? "varies" : pin.state,
      shorten(pin.server, 32),
      shorten(pin.tool, 60),
      (pin.pending?.hash ?? pin.hash).slice(0, 12),
      pin.approvedBy === undefined ? "" : printable(pin.approvedBy),
    ]);
    terminal.out(renderTable(["state", "server", "tool", "hash", "approved by"], rows));
    for (const pin of items) if (pin.pending !== undefined) terminal.out(`\n${renderHeld(pin, pin.pending)}`);
  }
  return EXIT.done;
};

const runApprove = async (
  server: string,
  tool: string,
  flags: ApproveFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  const token = [terminal.env["PARAPET_TOKEN"], terminal.env["PARAPET_ADMIN_TOKEN"]].find(
    (one) => one !== undefined && one !== "",
  );
  if (token === undefined)
    throw new CommandFailed(
      EXIT.usage,
      "Who approves? Set PARAPET_TOKEN to the token of a user with the role approver (PARAPET_ADMIN_TOKEN is taken as well).",
    );
  const client = await requireServer(flags, context, token);
  const { items } = await client.get("/tools", ToolPinsAnswer);
  const pin = items.find((one) => one.server === server && one.tool === tool);
  const hash = pin?.pending?.hash ?? pin?.hash;
  if (pin === undefined || hash === undefined || hash === "")
    throw new CommandFailed(EXIT.found, `No tool ${printable(tool)} of ${printable(server)} was seen.`);
  if (flags.hash !== undefined && !hash.startsWith(flags.hash))
    throw new CommandFailed(EXIT.found, `The definition that waits is ${hash.slice(0, 12)}, another one.`);
  const approved = await client.send("POST", "/tools/approve", { server, tool, hash }, ToolPin);
  if (flags.json === true) terminal.out(printJson(approved));
  else terminal.out(`${printable(server)}/${printable(tool)} is pinned at ${approved.hash.slice(0, 12)}`);
  return EXIT.done;
};
