import { Fault, type Logger } from "#platform";
import { mcp } from "#protocols";
import { discovered, helloOf, initializeParams, withEnvelope } from "./hello.ts";
import type { Ask, Hello, Link, LinkBounds, LinkOptions } from "./link.ts";
import { createPeer } from "./peer.ts";
import { endServer, spawnServer, type StdioServer } from "./spawn-server.ts";

const LINE_FEED = 0x0a;
/** What a server may write to its standard error before the rest is dropped, per line. */
const COMPLAINT_UNITS_MAX = 500;
const STDIN_BYTES_MAX = 64 * 1024 * 1024;

export interface StdioTools {
  readonly server: StdioServer;
  readonly environment: () => Readonly<Record<string, string>>;
  readonly directory: string;
  readonly bounds: LinkBounds;
  readonly logger: Logger;
  /** Revision that the server was last found to speak. */
  readonly era: { known: mcp.Era | undefined };
}

/** Asked to make itself known, a server of an earlier revision says that it does not know how; some say nothing. */
const DISCOVER_MS = 3_000;
/** What no server is told to give up: the answer says what it speaks. */
const OPENINGS = new Set(["initialize", "server/discover"]);

/** A conversation over a process's standard input and output, one JSON message a line. The process ends with it. */
export const openStdioLink = async (tools: StdioTools, { capabilities, listener }: LinkOptions): Promise<Link> => {
  const { server, bounds, logger } = tools;
  const child = spawnServer(server, tools.environment(), tools.directory);
  const peer = createPeer(bounds, listener);
  let open = true;
  let hello: Hello | undefined;
  let isDiscovering = false;
  let rest: Buffer[] = [];
  let restBytes = 0;

  const end = (reason: string): void => {
    if (!open) return;
    open = false;
    peer.failAll(new Fault("upstream_reset", { detail: `MCP server ${server.id}: ${reason}` }));
    // It may be started again, and asked in the older way.
    if (!isDiscovering) listener.onClosed(reason);
  };
  const takeLine = (line: Buffer): void => {
    if (line.length === 0 || peer.receive(line)) return;
    // Programs that print beside their messages are common; what is no message goes nowhere.
    logger.debug({ server: server.id, bytes: line.length }, "an MCP server wrote a line that is no message");
  };
  const takePiece = (piece: Buffer): void => {
    let from = 0;
    for (let feed = piece.indexOf(LINE_FEED); feed !== -1; feed = piece.indexOf(LINE_FEED, from)) {
      const line = piece.subarray(from, feed);
      takeLine(restBytes === 0 ? line : Buffer.concat([...rest, line]));
      rest = [];
      restBytes = 0;
      from = feed + 1;
    }
    if (from === piece.length) return;
    rest.push(piece.subarray(from));
    restBytes += piece.length - from;
    if (restBytes <= bounds.messageBytesMax) return;
    end("it sent a message that is larger than this gateway accepts");
    void endServer(child);
  };
  child.stdout.on("data", (piece: Buffer) => {
    if (open) takePiece(piece);
  });
  child.stderr.on("data", (piece: Buffer) =>
    logger.debug({ server: server.id, said: piece.toString("utf8").slice(0, COMPLAINT_UNITS_MAX) }, "MCP server"),
  );
  child.stdin.on("error", () => end("it closed its input"));
  child.on("error", (error) => end(`it cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => end(`it ended (${signal ?? `code ${code ?? "unknown"}`})`));

  const write = (bytes: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!open) return reject(new Fault("upstream_reset", { detail: `MCP server ${server.id} has ended` }));
      if (child.stdin.writableLength > STDIN_BYTES_MAX)
        return reject(
          new Fault("overloaded", { detail: `MCP server ${server.id} does not read`, retryAfterSeconds: 2 }),
        );
      // A line break can stand between tokens of JSON, and would end the message.
      child.stdin.write(Buffer.concat([withoutBreaks(bytes), LINE_END]), (error) =>
        error === null || error === undefined ? resolve() : reject(error),
      );
      return undefined;
    });

  const link = {
    ask: async (given: Ask) => {
      const asked = hello?.era === "modern" ? withEnvelope(given, capabilities) : given;
      let sent = 0;
      try {
        return await peer.ask(asked, (bytes, id) => {
          sent = id;
          return write(bytes);
        });
      } catch (error) {
        if (open && sent > 0 && !OPENINGS.has(asked.method)) await write(cancelled(sent)).catch(() => undefined);
        throw error;
      }
    },
    notify: async (method: string, params: Buffer | undefined) => {
      // The revision without sessions has none of ours.
      if (hello?.era !== "modern") await write(mcp.notificationBytes(method, params));
    },
    reply: ({ id }: mcp.RpcRequest, member: "result" | "error", value: Buffer) =>
      write(mcp.answerBytes(id, member, value)),
    isOpen: () => open,
    close: async () => {
      end("it was ended");
      await endServer(child);
    },
  };
  const initialize = async (): Promise<Hello> => {
    const signal = AbortSignal.timeout(server.limits.startMs);
    const said = helloOf(await link.ask({ method: "initialize", params: initializeParams(capabilities), signal }));
    await link.notify("notifications/initialized", undefined);
    return said;
  };

  const discover = async (): Promise<Hello | undefined> => {
    const signal = AbortSignal.timeout(Math.min(DISCOVER_MS, server.limits.startMs));
    const asked = withEnvelope({ method: "server/discover", params: undefined, signal }, capabilities);
    isDiscovering = true;
    try {
      return discovered(await link.ask(asked));
    } catch {
      return undefined;
    } finally {
      isDiscovering = false;
    }
  };

  try {
    const found = tools.era.known === "legacy" ? undefined : await discover();
    if (found === undefined && tools.era.known !== "legacy" && !open) {
      // Some end at a request that they do not know.
      tools.era.known = "legacy";
      return await openStdioLink(tools, { capabilities, listener });
    }
    hello = found ?? (await initialize());
    tools.era.known = hello.era;
    return { ...link, hello };
  } catch (error) {
    tools.era.known = undefined;
    await link.close();
    throw error;
  }
};

const LINE_END = Buffer.from("\n");

const withoutBreaks = (bytes: Buffer): Buffer => {
  if (!bytes.includes(LINE_FEED) && !bytes.includes(0x0d)) return bytes;
  const copy = Buffer.from(bytes);
  for (let at = 0; at < copy.length; at += 1) if (copy[at] === LINE_FEED || copy[at] === 0x0d) copy[at] = 0x20;
  return copy;
};

const cancelled = (id: number): Buffer =>
  mcp.notificationBytes("notifications/cancelled", Buffer.from(JSON.stringify({ requestId: id })));
