import { z } from "zod";
import type { Clock } from "#platform";
import type { SharedState } from "#storage";

export const SESSION_TTL_MS = 24 * 3_600_000;
/** Sessions whose steps are held in memory; those of others are read again. */
const SESSIONS_HELD = 1_024;

/** Of one session: different calls that are told apart. */
const CALLS_KEPT = 256;
/** Hexadecimal digits of a call's digest. */
export const DIGEST_UNITS = 24;
const COUNT_UNITS = 6;
const COUNT_MAX = 16 ** COUNT_UNITS - 1;
const REPEAT_UNITS = 1 + DIGEST_UNITS + COUNT_UNITS;

const Digest = z.string().length(DIGEST_UNITS);

const repeatOf = (digest: string, count: number): string =>
  `;${digest}${Math.min(COUNT_MAX, count).toString(16).padStart(COUNT_UNITS, "0")}`;

const fromMap = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([digest, count]) => repeatOf(digest, count))
    .join("");

const KeptSteps = z.object({
  last: z.string().optional(),
  taken: z.array(z.string()),
  edges: z.array(z.string()),
  calls: z.number(),
  startedMs: z.number(),
  /** As {@link withRepeat} writes it; earlier versions kept a map. */
  repeats: z.union([z.string(), z.record(Digest, z.number()).transform(fromMap)]),
});

/** What a session did, as counters know it. */
export type SessionSteps = z.infer<typeof KeptSteps>;

/** How often a session made the call of this digest. */
export const repeatsOf = (repeats: string, digest: string): number => {
  const at = repeats.indexOf(`;${digest}`);
  return at === -1 ? 0 : Number.parseInt(repeats.slice(at + 1 + DIGEST_UNITS, at + REPEAT_UNITS), 16);
};

/**
 * With one more call of this digest: `;digest count` in as many units each, the latest last. A text, because it is kept
 * with every call, and to write a map of some hundred members anew each time costs more than all else of a count.
 */
export const withRepeat = (repeats: string, digest: string): string => {
  const at = repeats.indexOf(`;${digest}`);
  const others = at === -1 ? repeats : repeats.slice(0, at) + repeats.slice(at + REPEAT_UNITS);
  return (others + repeatOf(digest, repeatsOf(repeats, digest) + 1)).slice(-CALLS_KEPT * REPEAT_UNITS);
};

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
    return holdSteps(name, text, kept.data);
  };

  const write = async (name: string, steps: SessionSteps): Promise<void> => {
    const text = JSON.stringify(steps);
    holdSteps(name, text, steps);
    await shared.set(name, text, SESSION_TTL_MS);
  };

  const none = (): SessionSteps => ({ taken: [], edges: [], calls: 0, startedMs: clock.now(), repeats: "" });

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
