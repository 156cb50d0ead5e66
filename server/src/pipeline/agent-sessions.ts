import { DataClass, type CallFacts, type ExchangeOrigin, type RecordedMatch } from "@parapet/model";
import { z } from "zod";
import type { AgentContent, SessionLabels } from "#agents";
import { sha256Hex } from "#platform";
import type { DecodedRequest } from "#protocols";
import type { SharedState } from "#storage";
import {
  createAgentSession,
  type AgentSession,
  type PastCall,
  type SessionPast,
  type SessionView,
} from "./agent-session.ts";
import { createAgentMemory, type MemoryLabels } from "./agent-memory.ts";
import { enteredResult, entriesOf, toolOfResult, type Entered, type ReturnedTexts } from "./flow-entries.ts";
import { sessionKey } from "./session-risk.ts";

/** A session as one exchange sees it, and how to tell the others what it holds. */
export interface FollowedSession extends SessionView {
  /** Tells the other gateways, and a later start of this one, when the labels changed. */
  readonly share: () => Promise<void>;
  /** A call was let go: it is in the session from here on, and in the memory that it writes to. */
  readonly released: (call: PastCall, facts: Pick<CallFacts, "effects" | "flow">) => Promise<void>;
  /** A tool answered beside the conversation. */
  readonly returned: (result: ReturnedTexts, matches: readonly RecordedMatch[]) => Promise<void>;
  /** What the provider keeps of this exchange goes on in this session. */
  readonly keep: (ids: readonly string[]) => Promise<void>;
}

/** The sessions of agents: what each holds, so that a tool call is judged by all that came before it. */
export interface AgentSessions {
  /** Takes in what a request brings. Rejects where the shared state cannot be asked or told. */
  readonly follow: (
    origin: ExchangeOrigin,
    decoded: DecodedRequest,
    matches: readonly RecordedMatch[],
  ) => Promise<FollowedSession>;
  /** Of texts in memory. */
  readonly bytes: () => number;
}

export interface AgentSessionsOptions {
  /** What operators declared; asked for each new session. */
  readonly content: () => AgentContent;
  readonly shared: SharedState;
  readonly bytesMax?: number;
  readonly sessionsMax?: number;
}

const BYTES_MAX = 256 * 1024 * 1024;
const SESSIONS_MAX = 20_000;
/** One session may hold so much of it; beyond that it begins again with the request at hand. */
const SESSION_SHARE = 1 / 8;
/** As long as providers keep conversations. */
const LABELS_MS = 30 * 86_400_000;
/** Kept objects that lead to one session. */
const THREADS_MAX = 256;

const Labels = z.object({ untrusted: z.boolean(), classes: z.array(DataClass), calls: z.int().nonnegative() });

interface Slot {
  readonly session: AgentSession;
  /** Under which it is found; empty where it is found by what the provider keeps alone, or not at all. */
  readonly key: string;
  readonly threads: string[];
  /** Bytes that were counted for it. */
  bytes: number;
  /** Labels as the shared state has them, as JSON. */
  shared: string;
}

const NOTHING: SessionPast = { labels: undefined, isKnown: true };

/**
 * Least recently used first out, by count and bytes; labels outlive the texts in the shared state. What neither the
 * memory nor the request at hand holds is unknown, and counts as untrusted with private data.
 */
export const createAgentSessions = ({
  content,
  shared,
  bytesMax = BYTES_MAX,
  sessionsMax = SESSIONS_MAX,
}: AgentSessionsOptions): AgentSessions => {
  const memory = createAgentMemory(content, shared);
  /** In the order of their last use. */
  const live = new Set<Slot>();
  const byKey = new Map<string, Slot>();
  /** Objects that providers keep, and the session that made them. */
  const byThread = new Map<string, Slot>();
  let bytes = 0;

  const readLabels = async (name: string): Promise<SessionLabels | undefined> => {
    const text = await shared.get(name);
    const parsed = text === undefined ? undefined : Labels.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data : undefined;
  };

  const open = (key: string, past: SessionPast): Slot => {
    const slot = { session: createAgentSession(content(), past), key, threads: [], bytes: 0, shared: "" };
    if (key !== "") byKey.set(key, slot);
    return slot;
  };

  const drop = (slot: Slot): void => {
    if (!live.delete(slot)) return;
    bytes -= slot.bytes;
    if (byKey.get(slot.key) === slot) byKey.delete(slot.key);
    for (const name of slot.threads) if (byThread.get(name) === slot) byThread.delete(name);
  };

  /** Counts what it has grown by, and makes room. One that nothing leads to is not kept. */
  const use = (slot: Slot): void => {
    if (byKey.get(slot.key) !== slot && slot.threads.length === 0) return drop(slot);
    if (live.delete(slot)) bytes -= slot.bytes;
    slot.bytes = slot.session.bytes();
    bytes += slot.bytes;
    live.add(slot);
    for (const oldest of live) {
      if ((bytes <= bytesMax && live.size <= sessionsMax) || oldest === slot) break;
      drop(oldest);
    }
  };

  /** A session that the request says it goes on from: the provider keeps the rest of it. */
  const continued = async (
    { tenant, route }: ExchangeOrigin,
    key: string,
    refersTo: NonNullable<DecodedRequest["refersTo"]>,
  ): Promise<Slot> => {
    const names = refersTo.map(({ id }) => threadName(tenant, route, id));
    const slot = names.map((name) => byThread.get(name)).find((one) => one !== undefined);
    if (slot !== undefined) return slot;
    let labels: SessionLabels | undefined;
    for (const name of names) labels ??= await readLabels(name);
    return open(key, { labels, isKnown: false });
  };

  const find = async (
    origin: ExchangeOrigin,
    key: string,
    decoded: DecodedRequest,
    entries: readonly Entered[],
  ): Promise<Slot> => {
    const { refersTo = [], toolCalls = [] } = decoded;
    if (refersTo.length > 0) return continued(origin, key, refersTo);
    if (key === "") return open(key, NOTHING);
    const isNamed = origin.sessionSource !== "fingerprint";
    // Who begins in the same words is not in the same session.
    if (!isNamed && !entries.some(({ isAnswer }) => isAnswer)) return open(key, NOTHING);
    const known = byKey.get(key);
    if (known !== undefined && !isNamed) {
      if (!known.session.isRewritten(entries)) return known;
      return open(key, { labels: known.session.labels(), isKnown: true });
    }
    const labels = await readLabels(labelsName(origin, key));
    const mine = byKey.get(key);
    const reopen = (past: SessionLabels): Slot => open(key, { labels: past, isKnown: toolCalls.length >= past.calls });
    if (mine === undefined) return labels === undefined ? open(key, NOTHING) : reopen(labels);
    if (labels !== undefined) mine.session.join(labels);
    return mine.session.bytes() <= bytesMax * SESSION_SHARE ? mine : reopen(mine.session.labels());
  };

  /** Memories that the request brings something out of, by the tool that read them. */
  const memoriesRead = async (
    origin: ExchangeOrigin,
    decoded: DecodedRequest,
  ): Promise<ReadonlyMap<string, MemoryLabels>> => {
    const { toolResults = [] } = decoded;
    const nameOf = toolOfResult(decoded);
    const found = new Map<string, MemoryLabels>();
    for (const name of new Set(toolResults.map(nameOf))) {
      const labels = await memory.labelsOf(origin, { server: "", name });
      if (labels !== undefined) found.set(name, labels);
    }
    return found;
  };

  const follow: AgentSessions["follow"] = async (origin, decoded, matches) => {
    const key = sessionKey(origin);
    const read = await memoriesRead(origin, decoded);
    const tainted = [...read].filter(([, { untrusted }]) => untrusted).map(([name]) => name);
    const entries = entriesOf(decoded, matches, new Set(tainted));
    const slot = await find(origin, key, decoded, entries);
    for (const labels of read.values()) slot.session.join({ ...labels, calls: 0 });
    const calls = (decoded.toolCalls ?? []).map(({ id, name, arguments: written = "{}" }): PastCall => ({
      id,
      server: "",
      name,
      arguments: written,
    }));
    const view = slot.session.take(entries, calls);
    const share = async (): Promise<void> => {
      use(slot);
      const json = JSON.stringify(slot.session.labels());
      if (key === "" || json === slot.shared) return;
      slot.shared = json;
      await shared.set(labelsName(origin, key), json, LABELS_MS);
    };
    const keep = async (ids: readonly string[]): Promise<void> => {
      const json = JSON.stringify(slot.session.labels());
      const names = ids.map((id) => threadName(origin.tenant, origin.route, id));
      for (const name of names) byThread.set(name, slot);
      slot.threads.push(...names);
      // A conversation goes on from its last answers.
      for (const name of slot.threads.splice(0, slot.threads.length - THREADS_MAX)) byThread.delete(name);
      use(slot);
      await Promise.all(names.map((name) => shared.set(name, json, LABELS_MS)));
    };
    const released: FollowedSession["released"] = async (call, facts) => {
      await memory.called(origin, call, facts, slot.session.labels());
      view.called(call);
      await share();
    };
    const returned: FollowedSession["returned"] = async (result, found) => {
      const labels = await memory.labelsOf(origin, { server: result.server ?? "", name: result.name });
      if (labels !== undefined) slot.session.join({ ...labels, calls: 0 });
      view.add(enteredResult(result, found, labels?.untrusted));
      await share();
    };
    await share();
    return { ...view, share, released, returned, keep };
  };

  return { follow, bytes: () => bytes };
};

const labelsName = ({ tenant }: ExchangeOrigin, key: string): string => `${tenant}:flow:${sha256Hex(key).slice(0, 32)}`;

const threadName = (tenant: string, route: string, id: string): string => `${tenant}:flow-kept:${route}:${id}`;
