import { z } from "zod";
import type { Clock } from "#platform";
import type { SharedState } from "#storage";

export const SESSION_TTL_MS = 24 * 3_600_000;
/** Sessions whose steps are held in memory; those of others are read again. */
const SESSIONS_HELD = 1_024;

const KeptSteps = z.object({
  last: z.string().optional(),
  taken: z.array(z.string()),
  edges: z.array(z.string()),
  calls: z.number(),
  startedMs: z.number(),
  repeats: z.record(z.string(), z.number()),
});

/** What a session did, as counters know it. */
export interface SessionSteps extends Omit<z.infer<typeof KeptSteps>, "repeats"> {
  /** By digest of the call, the latest last. */
  readonly repeats: ReadonlyMap<string, number>;
}

/** Keeps the steps of sessions where other gateways and a later start find them. */
export const createSessionSteps = (shared: SharedState, clock: Clock) => {
  /** Steps of sessions with the text that they were read from: while that is the same, it is not read again. */
  const stepsOf = new Map<string, { readonly text: string; readonly steps: SessionSteps }>();

  const holdSteps = (name: string, text: string, steps: SessionSteps): SessionSteps => {
    stepsOf.delete(name);
    stepsOf.set(name, { text, steps });
    const oldest = stepsOf.size > SESSIONS_HELD ? stepsOf.keys().next().value : undefined;
    if (oldest !== undefined) stepsOf.delete(oldest);
    return steps;
  };

  const read = async (name: string): Promise<SessionSteps> => {
    const text = await shared.get(name);
    if (text === undefined) return none();
    const known = stepsOf.get(name);
    if (known?.text === text) return known.steps;
    const kept = KeptSteps.safeParse(parseJson(text));
    if (!kept.success) return none();
    return holdSteps(name, text, { ...kept.data, repeats: new Map(Object.entries(kept.data.repeats)) });
  };

  const write = async (name: string, steps: SessionSteps): Promise<void> => {
    const text = JSON.stringify({ ...steps, repeats: Object.fromEntries(steps.repeats) });
    holdSteps(name, text, steps);
    await shared.set(name, text, SESSION_TTL_MS);
  };

  const none = (): SessionSteps => ({ taken: [], edges: [], calls: 0, startedMs: clock.now(), repeats: new Map() });

  return { read, write, none };
};

/** Undefined for what is no JSON. */
export const parseJson = (text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
