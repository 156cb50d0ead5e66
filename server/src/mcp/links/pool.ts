import { Fault, type Clock, type Logger } from "#platform";
import type { JsonObject } from "#protocols";
import type { Link, LinkOptions, OpenLink, ServerMessage } from "./link.ts";
import { watchLists } from "./watch.ts";

/** A server as it is reached: how a conversation with it is opened, and how many there may be. */
export interface PooledServer {
  readonly id: string;
  readonly open: OpenLink;
  readonly linksMax: number;
  readonly idleMs: number;
  /** Whether all conversations are with one and the same, so that one of them is told of its changes for all. */
  readonly isOne: boolean;
}

/** Whose conversations these are: those of one session, or of all requests of one caller that has none. */
export interface Scope {
  readonly key: string;
  readonly capabilities: JsonObject;
  readonly onMessage: (server: string, message: ServerMessage) => void;
  readonly onClosed?: (server: string) => void;
  /** Whether its conversations are wanted although nobody asks; else they go after a time, when nobody does. */
  readonly lasts: () => boolean;
}

export interface ServerHealth {
  readonly server: string;
  readonly links: number;
  /** Failures since it last answered. */
  readonly failures: number;
  readonly lastFailure: string;
}

export interface LinkPool {
  /** The open conversation, or a new one. Throws a fault where the server cannot be reached, or is given time to recover. */
  readonly link: (server: string, scope: Scope) => Promise<Link>;
  /** Ends its conversations; who heard of something late opens no more of them. */
  readonly end: (scope: Scope) => Promise<void>;
  readonly health: () => readonly ServerHealth[];
  readonly close: () => Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const SWEEP_MS = 5_000;

interface Entry {
  readonly link: Promise<Link>;
  readonly scope: Scope;
  /** There once the conversation is open. */
  opened: Link | undefined;
  usedMs: number;
}

interface ServerState {
  readonly server: PooledServer;
  readonly entries: Map<string, Entry>;
  /** The conversation that is told of changes for all, where the server is one. */
  watcher: Entry | undefined;
  failures: number;
  lastFailure: string;
  notBeforeMs: number;
}

/** Conversations with servers, by server and scope. A server that fails is asked again after a growing pause. */
export const createLinkPool = (servers: readonly PooledServer[], clock: Clock, logger: Logger): LinkPool => {
  const states = new Map<string, ServerState>(
    servers.map((server) => [
      server.id,
      { server, entries: new Map<string, Entry>(), watcher: undefined, failures: 0, lastFailure: "", notBeforeMs: 0 },
    ]),
  );
  const ended = new WeakSet<Scope>();
  let closed = false;

  const failed = (state: ServerState, reason: string): void => {
    state.failures += 1;
    state.lastFailure = reason;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(16, state.failures - 1));
    state.notBeforeMs = clock.monotonic() + pauseMs;
    logger.warn({ server: state.server.id, reason, failures: state.failures }, "an MCP server failed");
  };

  /** Hears of the server's changes by this conversation; `isLate`: another one heard of them until now. */
  const watch = (state: ServerState, entry: Entry, isLate = false): void => {
    const { server, entries } = state;
    const link = entry.opened;
    // Those with sessions tell each of them by itself.
    if (link?.hello.era !== "modern" || (server.isOne && state.watcher !== undefined)) return;
    if (server.isOne) state.watcher = entry;
    const tell = (message: ServerMessage): void => {
      const told = server.isOne ? entries.values() : [entry];
      for (const { scope } of told) scope.onMessage(server.id, message);
    };
    void watchLists(link, tell, isLate);
  };

  const remove = (state: ServerState, key: string, entry: Entry): void => {
    const { entries } = state;
    if (entries.get(key) === entry) entries.delete(key);
    if (state.watcher !== entry) return;
    state.watcher = undefined;
    // One that is still opened hears of changes once it is open.
    const next = entries.values().find(({ opened }) => opened !== undefined);
    if (next !== undefined) watch(state, next, true);
  };

  const open = (state: ServerState, scope: Scope): Promise<Link> => {
    const { server, entries } = state;
    if (entries.size >= server.linksMax)
      throw new Fault("overloaded", {
        retryAfterSeconds: 5,
        detail: `MCP server ${server.id} has ${entries.size} sessions`,
      });
    if (clock.monotonic() < state.notBeforeMs)
      throw new Fault("upstream_unreachable", {
        retryAfterSeconds: Math.ceil((state.notBeforeMs - clock.monotonic()) / 1_000),
        detail: `MCP server ${server.id} failed (${state.lastFailure}) and is given time`,
      });
    let isOurs = false;
    const forget = (): void => remove(state, scope.key, entry);
    const listener: LinkOptions["listener"] = {
      onMessage: (message) => scope.onMessage(server.id, message),
      onClosed: (reason) => {
        const wasOpen = entries.get(scope.key) === entry;
        forget();
        if (!wasOpen || closed || !isOurs) return;
        failed(state, reason);
        scope.onClosed?.(server.id);
      },
    };
    const entry: Entry = {
      scope,
      opened: undefined,
      usedMs: clock.monotonic(),
      link: server.open({ capabilities: scope.capabilities, listener }).then(
        (link) => {
          isOurs = true;
          state.failures = 0;
          state.notBeforeMs = 0;
          if (entries.get(scope.key) !== entry) return link;
          entry.opened = link;
          watch(state, entry);
          return link;
        },
        (error: unknown) => {
          forget();
          failed(state, error instanceof Fault ? error.detail || error.message : String(error));
          throw error;
        },
      ),
    };
    entries.set(scope.key, entry);
    return entry.link;
  };

  const endEntry = async (state: ServerState, key: string): Promise<void> => {
    const entry = state.entries.get(key);
    if (entry === undefined) return;
    remove(state, key, entry);
    const link = await entry.link.catch(() => undefined);
    await link?.close();
  };

  const sweeping = setInterval(() => {
    const now = clock.monotonic();
    for (const state of states.values())
      for (const [key, { usedMs, scope }] of state.entries)
        if (!scope.lasts() && now - usedMs > state.server.idleMs) void endEntry(state, key);
  }, SWEEP_MS);
  sweeping.unref();

  return {
    link: async (id, scope) => {
      const state = states.get(id);
      if (state === undefined || closed) throw new Fault("upstream_unreachable", { detail: `no MCP server ${id}` });
      if (ended.has(scope))
        throw new Fault("upstream_reset", { detail: `MCP server ${id}: the conversation was ended` });
      const entry = state.entries.get(scope.key);
      if (entry === undefined) return open(state, scope);
      entry.usedMs = clock.monotonic();
      return entry.link;
    },
    end: async (scope) => {
      ended.add(scope);
      await Promise.all([...states.values()].map((state) => endEntry(state, scope.key)));
    },
    health: () =>
      [...states.values()].map(({ server, entries, failures, lastFailure }) => ({
        server: server.id,
        links: entries.size,
        failures,
        lastFailure,
      })),
    close: async () => {
      closed = true;
      clearInterval(sweeping);
      await Promise.all(
        [...states.values()].flatMap((state) => [...state.entries.keys()].map((key) => endEntry(state, key))),
      );
    },
  };
};
