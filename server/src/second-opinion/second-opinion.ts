import type { SecondOpinionConfiguration } from "@parapet/model";
import { sha256Hex, type Clock } from "#platform";
import { createAnswerMemory } from "./answer-memory.ts";
import { createBudget } from "./budget.ts";
import type { Advisor, Opinion, OpinionQuestion } from "./opinion.ts";
import { createTurns } from "./turns.ts";

export interface SecondOpinion {
  readonly settings: SecondOpinionConfiguration;
  readonly name: string;
  readonly isLocal: boolean;
  /** Never rejects; ends within `timeoutMs`. */
  readonly ask: (question: OpinionQuestion) => Promise<Opinion>;
  readonly close: () => Promise<void>;
}

export interface OpinionMetrics {
  readonly asked: (outcome: "answered" | "remembered" | "failed" | "skipped") => void;
  /** Of a question that was put, its turn in the queue included. */
  readonly took: (ms: number) => void;
}

/** An advisor with a memory, a budget, turns and a time limit. */
export const createSecondOpinion = (
  settings: SecondOpinionConfiguration,
  advisor: Advisor,
  { clock, metrics }: { readonly clock: Clock; readonly metrics?: OpinionMetrics },
): SecondOpinion => {
  const memory = createAnswerMemory(settings.cacheEntries);
  const budget = createBudget(settings.requestsPerMinute);
  const turns = createTurns(settings.concurrency, settings.queueMax);
  /** Who asks the same meanwhile waits for the same answer. */
  const open = new Map<string, Promise<Opinion>>();

  const put = async (question: OpinionQuestion, key: string): Promise<Opinion> => {
    if (!turns.hasRoom()) return { outcome: "skipped", reason: "too many questions wait already" };
    if (!budget.spend(clock.monotonic()))
      return {
        outcome: "skipped",
        reason: `the budget of ${settings.requestsPerMinute} questions a minute is used up`,
      };
    const startedMs = clock.monotonic();
    const signal = AbortSignal.timeout(settings.timeoutMs);
    const late: Opinion = { outcome: "failed", reason: `no answer within ${settings.timeoutMs} ms` };
    const release = await turns.take(signal);
    if (release === undefined) return late;
    try {
      const advice = await orAborted(advisor.ask(question, signal), signal);
      if (advice === undefined || (!advice.ok && signal.aborted)) return late;
      if (!advice.ok) return { outcome: "failed", reason: advice.reason };
      memory.remember(key, advice.confidence);
      return { outcome: "answered", confidence: advice.confidence, remembered: false };
    } catch (error) {
      return { outcome: "failed", reason: `it stopped with ${error instanceof Error ? error.name : "an error"}` };
    } finally {
      release();
      metrics?.took(clock.monotonic() - startedMs);
    }
  };

  const ask = async (question: OpinionQuestion): Promise<Opinion> => {
    const { tenant, provenance, category, text } = question;
    const key = sha256Hex(JSON.stringify([tenant, provenance, category, text]));
    const known = memory.recall(key);
    if (known !== undefined) {
      metrics?.asked("remembered");
      return { outcome: "answered", confidence: known, remembered: true };
    }
    const asked = open.get(key);
    if (asked !== undefined) return asked;
    const fresh = put(question, key);
    open.set(key, fresh);
    const opinion = await fresh;
    open.delete(key);
    metrics?.asked(opinion.outcome);
    return opinion;
  };

  return { settings, name: advisor.name, isLocal: advisor.isLocal, ask, close: advisor.close };
};

/** Undefined when the signal came first: an advisor that does not listen to it may not hold up an exchange. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
