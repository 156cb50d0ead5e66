import { DATA_CLASSES, DataClass, type CallFacts, type ExchangeOrigin, type Origin } from "@parapet/model";
import { z } from "zod";
import { namesTool, type AgentContent, type SessionLabels } from "#agents";
import { sha256Hex } from "#platform";
import type { SharedState } from "#storage";

/** What was held by the sessions that wrote to a memory. */
export type MemoryLabels = Pick<SessionLabels, "untrusted" | "classes">;

/** A tool as it is called. */
export interface NamedTool {
  readonly server: string;
  readonly name: string;
}

/** What agents remember from one session to the next: whoever reads it holds what its writers held. */
export interface AgentMemory {
  /** Labels of what a tool's answer may hold; undefined where it reads no memory, or one that nobody tainted. */
  readonly labelsOf: (origin: ExchangeOrigin, tool: NamedTool) => Promise<MemoryLabels | undefined>;
  /** A call was let go; what it writes to a memory carries the labels of its session. */
  readonly called: (
    origin: ExchangeOrigin,
    tool: NamedTool,
    facts: Pick<CallFacts, "effects" | "flow">,
    session: MemoryLabels,
  ) => Promise<void>;
}

const Labels = z.object({ untrusted: z.boolean(), classes: z.array(DataClass) });
const KEPT_MS = 366 * 86_400_000;

/** Names of tools of a memory where nothing is declared: `memory_search`, `save-memory`, `recall`. */
const MEMORY = /(?:^|[^a-z])(?:memory|memories|remember|recall)(?:$|[^a-z])/i;
const WRITES = /(?:^|[^a-z])(?:remember|save|store|add|write|set|put|create|update|append|delete|forget)(?:$|[^a-z])/i;
const splitWords = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, "$1_$2");

/** Words that are the user's own, or of those who run the application, are not tainted by what stood beside them. */
const CLEAN: ReadonlySet<Origin> = new Set(["none", "user", "trusted"]);

export const createAgentMemory = (content: () => AgentContent, shared: SharedState): AgentMemory => {
  /** The memory of a tool, as the shared state names it, and whether the tool reads it. */
  const memoryOf = (
    { tenant, key = "", agent = "" }: ExchangeOrigin,
    { server, name }: NamedTool,
  ): { readonly at: string; readonly isRead: boolean } | undefined => {
    const declared = content().tools.find(
      (tool) => (tool.server === undefined || tool.server === server) && namesTool(tool.name, server, name),
    );
    const words = splitWords(name);
    const isRead = declared?.effects?.includes("read") ?? !WRITES.test(words);
    if (declared?.memory !== undefined) return { at: `${tenant}:memory:${declared.memory}`, isRead };
    if (!MEMORY.test(words)) return undefined;
    const whose = sha256Hex([key, agent, server].join("\u0000")).slice(0, 32);
    return { at: `${tenant}:memory-of:${whose}`, isRead };
  };

  const read = async (at: string): Promise<MemoryLabels | undefined> => {
    const text = await shared.get(at);
    const parsed = text === undefined ? undefined : Labels.safeParse(JSON.parse(text));
    return parsed?.success === true ? parsed.data : undefined;
  };

  return {
    labelsOf: async (origin, tool) => {
      const memory = memoryOf(origin, tool);
      return memory?.isRead === true ? read(memory.at) : undefined;
    },
    called: async (origin, tool, { effects, flow }, session) => {
      const memory = memoryOf(origin, tool);
      if (memory === undefined || effects.every((effect) => effect === "read")) return;
      const untrusted = session.untrusted && !(CLEAN.has(flow.target) && CLEAN.has(flow.content));
      const before = await read(memory.at);
      const held = new Set([...session.classes, ...(before?.classes ?? [])]);
      const labels: MemoryLabels = {
        untrusted: untrusted || before?.untrusted === true,
        classes: DATA_CLASSES.filter((one) => held.has(one)),
      };
      if (labels.untrusted || labels.classes.length > 0) await shared.set(memory.at, JSON.stringify(labels), KEPT_MS);
    },
  };
};
