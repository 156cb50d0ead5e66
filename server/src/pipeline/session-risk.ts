import type { ExchangeOrigin, RecordedMatch } from "@parapet/model";

const HALF_LIFE_MS = 30 * 60_000;
const SESSIONS_MAX = 50_000;
const RISKY: ReadonlySet<string> = new Set(["prompt_injection", "jailbreak", "system_prompt_leak", "exfiltration"]);

/** What a session's earlier exchanges add to the next decision. */
export interface SessionRisk {
  /** 0 (nothing seen) to 1, decayed to now. `known` is false for a session without history here, and for none (empty). */
  readonly of: (session: string, nowMs: number) => { readonly risk: number; readonly known: boolean };
  /** Near-misses count too: repeated probing below the thresholds raises the risk. */
  readonly add: (session: string, matches: readonly RecordedMatch[], nowMs: number) => void;
}

/** Kept in memory, oldest first out; half of the risk is gone after 30 minutes of quiet. */
export const createSessionRisk = (): SessionRisk => {
  const sessions = new Map<string, { risk: number; atMs: number }>();
  const decayed = (entry: { risk: number; atMs: number }, nowMs: number): number =>
    entry.risk === 0 ? 0 : entry.risk * 0.5 ** (Math.max(0, nowMs - entry.atMs) / HALF_LIFE_MS);

  return {
    of: (session, nowMs) => {
      if (session === "") return { risk: 0, known: false };
      const entry = sessions.get(session);
      return entry === undefined ? { risk: 0, known: false } : { risk: decayed(entry, nowMs), known: true };
    },
    add: (session, matches, nowMs) => {
      if (session === "") return;
      const worst = matches.reduce(
        (max, { category, confidence }) => (RISKY.has(category) ? Math.max(max, confidence) : max),
        0,
      );
      const entry = sessions.get(session);
      const before = entry === undefined ? 0 : decayed(entry, nowMs);
      sessions.delete(session);
      sessions.set(session, { risk: 1 - (1 - before) * (1 - worst / 2), atMs: nowMs });
      if (sessions.size > SESSIONS_MAX)
        for (const [oldest] of sessions) {
          sessions.delete(oldest);
          break;
        }
    },
  };
};

/** A session belongs to who named it: another caller's session of the same name is another one. Empty when there is none. */
export const sessionKey = ({ tenant, key, session }: ExchangeOrigin): string =>
  session === "" ? "" : `${tenant}\u0000${key ?? ""}\u0000${session}`;
