import type { GatewayKey } from "@parapet/model";
import { KeyCreate, KeyRotate } from "@parapet/model/api";
import { systemClock, toTimestamp } from "#platform";
import { EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { requireConfiguration } from "../configuration.ts";
import {
  collect,
  parseCount,
  parseDuration,
  parseFlag,
  printJson,
  withJson,
  withPlaces,
  type JsonFlag,
  type PlaceFlags,
} from "../flags.ts";
import { printable } from "../printable.ts";
import { renderTable } from "../table.ts";
import { withKeyBook } from "./key-book.ts";

type Flags = PlaceFlags & JsonFlag;
type CreateFlags = Flags & {
  readonly name: string;
  readonly route: readonly string[];
  readonly model: readonly string[];
  readonly address: readonly string[];
  readonly rpm?: string;
  readonly tpm?: string;
  readonly agent?: string;
  readonly expires?: string;
  readonly trustIdentityHeaders?: boolean;
};
type RotateFlags = Flags & { readonly overlap: string };

export const keysCommand: CliCommand = {
  name: "keys",
  summary: "Gateway keys: what applications present instead of the provider's key",
  configure: (command, context) => {
    const add = (name: string, summary: string) => withJson(withPlaces(command.command(name).description(summary)));
    add("create", "Make a key; the secret is shown this once and kept nowhere")
      .requiredOption("--name <name>", "who or what uses it")
      .option("--route <id>", "route it may use; repeat for more, none means all", collect, [])
      .option(
        "--model <name>",
        "model it may ask for, * at the end allowed; repeat for more, none means all",
        collect,
        [],
      )
      .option("--address <cidr>", "address or range it may come from; repeat for more, none means any", collect, [])
      .option("--rpm <n>", "requests per minute")
      .option("--tpm <n>", "tokens per minute")
      .option("--agent <name>", "agent that the key is bound to")
      .option("--expires <duration>", "for how long it works, such as 12h or 30d")
      .option("--trust-identity-headers", "believe x-parapet-user and x-parapet-agent from its bearer")
      .action(context.action((flags: CreateFlags) => runCreate(flags, context)));
    add("list", "Keys without their secrets").action(context.action((flags: Flags) => runList(flags, context)));
    add("rotate", "A successor with the same scope; the old secret works on for the overlap")
      .argument("<id>", "the key's id")
      .option("--overlap <duration>", "for how long both work", "24h")
      .action(context.action((id: string, flags: RotateFlags) => runRotate(id, flags, context)));
    add("revoke", "Stop a key at once")
      .argument("<id>", "the key's id")
      .action(context.action((id: string, flags: Flags) => runRevoke(id, flags, context)));
  },
};

const runCreate = async (flags: CreateFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { name, route, model, address, rpm, tpm, agent, expires } = flags;
  const request = parseFlag(
    KeyCreate,
    {
      name,
      routes: [...route],
      models: [...model],
      addresses: [...address],
      ...(rpm !== undefined && { requestsPerMinute: parseCount(rpm, "--rpm") }),
      ...(tpm !== undefined && { tokensPerMinute: parseCount(tpm, "--tpm") }),
      ...(agent !== undefined && { agent }),
      ...(expires !== undefined && {
        expiresAt: toTimestamp(systemClock.now() + parseDuration(expires, "--expires") * 1_000),
      }),
      trustIdentityHeaders: flags.trustIdentityHeaders ?? false,
    },
    "keys create",
  );
  const { isFirst, created } = await withKeyBook(requireConfiguration(flags, context), terminal.env, async (book) => ({
    isFirst: (await book.list()).length === 0,
    created: await book.create(request),
  }));
  if (flags.json === true) terminal.out(printJson(created));
  else {
    if (isFirst) terminal.say("This is the first key: from now on every route refuses callers who bring none.");
    terminal.say(
      `Key ${created.key.id} for ${printable(created.key.name)}. The secret is shown this once; applications send it as x-parapet-key, or as their API key where the route holds the provider's credential:`,
    );
    terminal.out(printable(created.secret));
  }
  return EXIT.done;
};

const runRotate = async (id: string, flags: RotateFlags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const { overlapSeconds } = parseFlag(
    KeyRotate,
    { overlapSeconds: parseDuration(flags.overlap, "--overlap") },
    "--overlap",
  );
  const created = await withKeyBook(requireConfiguration(flags, context), terminal.env, (book) =>
    book.rotate(id, overlapSeconds),
  );
  if (flags.json === true) terminal.out(printJson(created));
  else {
    terminal.say(
      `Key ${created.key.id} follows ${printable(id)}, which works for ${flags.overlap} more. The new secret is shown this once:`,
    );
    terminal.out(printable(created.secret));
  }
  return EXIT.done;
};

const runRevoke = async (id: string, flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const key = await withKeyBook(requireConfiguration(flags, context), terminal.env, (book) => book.revoke(id));
  if (flags.json === true) terminal.out(printJson(key));
  else terminal.out(`Key ${key.id} (${printable(key.name)}) is revoked.`);
  return EXIT.done;
};

const stateOf = (key: GatewayKey, now: string): string => {
  if (key.revokedAt !== undefined) return "revoked";
  if (key.expiresAt !== undefined && key.expiresAt <= now) return "expired";
  return key.rotatedTo === undefined ? "works" : "replaced";
};

const runList = async (flags: Flags, context: CommandContext): Promise<ExitCode> => {
  const { terminal } = context;
  const keys = await withKeyBook(requireConfiguration(flags, context), terminal.env, (book) => book.list());
  if (flags.json === true) terminal.out(printJson({ items: keys }));
  else if (keys.length === 0)
    terminal.say(
      "No keys. Without one the gateway listens on loopback only; `parapet keys create --name NAME` makes one.",
    );
  else {
    const now = toTimestamp(systemClock.now());
    terminal.out(
      renderTable(
        ["id", "name", "begins", "state", "routes", "models", "expires"],
        keys.map((key) => [
          key.id,
          key.name,
          `${key.prefix}…`,
          stateOf(key, now),
          key.routes.join(", ") || "all",
          key.models.join(", ") || "all",
          key.expiresAt ?? "never",
        ]),
      ),
    );
  }
  return EXIT.done;
};
