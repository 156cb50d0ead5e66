import { learnDaily, readPeers } from "./baselines.ts";
import { gatherChanges } from "./changes.ts";
import { lookForDrift } from "./drift.ts";
import { judgeHours } from "./judge-hours.ts";
import { lookForTheft } from "./theft.ts";
import type { LookTools } from "./tools.ts";

/** Figures of the looks since the start, for metrics. */
export interface BehaviourFigures {
  readonly looks: number;
  readonly failures: number;
  readonly hours: number;
  readonly anomalies: number;
  readonly theftSigns: number;
  readonly drifting: number;
  /** How long the newest look took, milliseconds. */
  readonly tookMs: number;
}

export interface Behaviour {
  readonly start: () => void;
  /** One look now, after the one that goes on. */
  readonly look: () => Promise<void>;
  readonly figures: () => BehaviourFigures;
  /** Resolves when no look goes on. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const MINUTE_MS = 60_000;
/** After a start the drain has better things to do. */
const FIRST_MS = MINUTE_MS;

/**
 * Every few minutes: learn what is normal (once a day), judge the newest hours, look for drift (once an hour) and for
 * signs of theft. All it knows is in the stores, so that a restart goes on where it was; what it holds at once is some
 * two hundred subjects. Each step may be repeated: anomalies and states are stored under what they are about.
 */
export const createBehaviour = (tools: LookTools): Behaviour => {
  const { clock, logger, settings } = tools;
  let figures: BehaviourFigures = {
    looks: 0,
    failures: 0,
    hours: 0,
    anomalies: 0,
    theftSigns: 0,
    drifting: 0,
    tookMs: 0,
  };
  let peers: Awaited<ReturnType<typeof readPeers>> | undefined;
  let going: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const look = async (): Promise<void> => {
    const startedMs = clock.monotonic();
    const hasLearned = await learnDaily(tools);
    if (hasLearned || peers === undefined) peers = await readPeers(tools);
    const judged = await judgeHours(tools, peers);
    const theftSigns = await lookForTheft(tools, judged.principals);
    await gatherChanges(tools);
    const drift = await lookForDrift(tools);
    figures = {
      ...figures,
      looks: figures.looks + 1,
      hours: figures.hours + judged.hours,
      anomalies: figures.anomalies + judged.anomalies,
      theftSigns: figures.theftSigns + theftSigns,
      drifting: drift?.drifting ?? figures.drifting,
      tookMs: clock.monotonic() - startedMs,
    };
  };

  const lookSafely = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      figures = { ...figures, failures: figures.failures + 1 };
      logger.error({ error }, "behaviour could not be looked at; trying again");
    }
  };

  const arm = (inMs: number): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      going = lookSafely();
      void going.then(() => arm(settings.everyMinutes * MINUTE_MS));
    }, inMs);
    timer.unref();
  };

  return {
    start: () => {
      if (settings.enabled) arm(Math.min(FIRST_MS, settings.everyMinutes * MINUTE_MS));
    },
    look: async () => {
      await going;
      going = look();
      await going;
    },
    figures: () => figures,
    settled: () => going.catch(() => undefined),
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await going.catch(() => undefined);
    },
  };
};
