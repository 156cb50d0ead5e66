import { statSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { CommandFailed, EXIT, type CliCommand, type CommandContext, type ExitCode } from "../command.ts";
import { printJson, withJson, withPlaces, type JsonFlag, type PlaceFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { createProgress } from "../progress.ts";
import type { Payload, ServerClient } from "../server-client.ts";
import { requireServer } from "../require-server.ts";
import { readPieces, TooLarge } from "./read-pieces.ts";

const WAIT_SECONDS_MAX = 60;
/** How long one piece is offered to a server that says it cannot take it now. */
const OFFERED_MS = 600_000;

const Counts = z.object({
  accepted: z.int(),
  known: z.int(),
  skipped: z.int(),
  malformed: z.int(),
  reason: z.string().optional(),
});
type Counts = z.infer<typeof Counts>;
const Refusal = z.object({ error: z.string() });

export const ingestCommand: CliCommand = {
  name: "ingest",
  summary: "Telemetry files through a source into the running server",
  configure: (command, context) => {
    withJson(withPlaces(command))
      .argument("<source>", "a configured source, or the id of one in the catalogue")
      .argument("<file...>", "files as the source writes them; .gz is decompressed, - is standard input")
      .action(
        context.action((source: string, files: string[], flags: PlaceFlags & JsonFlag) =>
          runIngest(source, files, flags, context),
        ),
      );
  },
};

const runIngest = async (
  source: string,
  files: readonly string[],
  flags: PlaceFlags & JsonFlag,
  context: CommandContext,
): Promise<ExitCode> => {
  const { terminal } = context;
  for (const file of files) requireFile(file, context);
  const server = await requireServer(flags, context);
  const progress = createProgress(terminal);
  const sum: Counts = { accepted: 0, known: 0, skipped: 0, malformed: 0 };
  let bytes = 0;
  try {
    for (const file of files)
      for await (const piece of piecesOf(file, context)) {
        const counts = await deliver(server, source, { bytes: piece, contentType: contentTypeOf(file) });
        sum.accepted += counts.accepted;
        sum.known += counts.known;
        sum.skipped += counts.skipped;
        sum.malformed += counts.malformed;
        if (sum.reason === undefined && counts.reason !== undefined) sum.reason = counts.reason;
        bytes += piece.length;
        progress.update(() => `${file}: ${sum.accepted} events, ${Math.round(bytes / 1024 ** 2)} MiB`);
      }
  } catch (error) {
    if (error instanceof TooLarge)
      throw new CommandFailed(
        EXIT.usage,
        `${printable(error.message)} is one document of more than 64 MiB; write one record a line.`,
      );
    throw error;
  } finally {
    progress.done();
  }
  if (flags.json === true) terminal.out(printJson(sum));
  else
    terminal.out(
      `${sum.accepted} events taken in, ${sum.known} known already, ${sum.skipped} of no use here, ${sum.malformed} malformed.`,
    );
  if (sum.malformed === 0) return EXIT.done;
  terminal.say(
    `The first malformed record: ${printable(sum.reason ?? "no reason given")}. They are kept: GET /api/v1/sources/${printable(source)}/dead-letters, or the console's page Sources.`,
  );
  return EXIT.found;
};

const requireFile = (file: string, { terminal }: CommandContext): void => {
  if (file === "-") return;
  const about = statSync(resolve(terminal.workingDirectory, file), { throwIfNoEntry: false });
  if (about?.isFile() !== true) throw new CommandFailed(EXIT.usage, `${printable(file)}: there is no such file`);
};

async function* piecesOf(file: string, { terminal }: CommandContext): AsyncGenerator<Buffer> {
  if (file !== "-") yield* readPieces(resolve(terminal.workingDirectory, file));
  else {
    const text = await terminal.stdin();
    if (text !== "") yield Buffer.from(text);
  }
}

const contentTypeOf = (file: string): string => (/\.(?:pb|bin)(?:\.gz)?$/.test(file) ? "application/x-protobuf" : "");

const deliver = async (server: ServerClient, source: string, payload: Payload): Promise<Counts> => {
  const endMs = performance.now() + OFFERED_MS;
  for (;;) {
    const { status, body, retryAfterSeconds } = await server.deliver(source, payload);
    const counts = Counts.safeParse(body);
    if ((status === 202 || status === 400) && counts.success) return counts.data;
    const refusal = Refusal.safeParse(body);
    const why = printable(refusal.success ? refusal.data.error : `the server answered ${status}`);
    if (status === 404) throw new CommandFailed(EXIT.usage, why);
    if (status !== 429 && status !== 503) throw new CommandFailed(EXIT.unable, why);
    const pauseMs = Math.min(retryAfterSeconds ?? 1, WAIT_SECONDS_MAX) * 1_000;
    if (performance.now() + pauseMs > endMs)
      throw new CommandFailed(EXIT.unable, `The server could not take it in ten minutes: ${why}`);
    await wait(pauseMs);
  }
};
