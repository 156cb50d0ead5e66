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

interface Entry {
  risk: number;
  atMs: number;
}

/**
 * Kept in memory; half of the risk is gone after 30 minutes of quiet. Two generations: a session that is used moves
 * to the young one, and when that is full the old one is dropped whole, which costs less than an exact order of use.
 */
export const createSessionRisk = (): SessionRisk => {
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();
  const decayed = ({ risk, atMs }: Entry, nowMs: number): number =>
    risk === 0 ? 0 : risk * 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS);

  const used = (session: string, nowMs: number): Entry => {
    const known = young.get(session);
    if (known !== undefined) return known;
    const entry = old.get(session) ?? { risk: 0, atMs: nowMs };
    young.set(session, entry);
    if (young.size >= SESSIONS_MAX / 2) {
      old = young;
      young = new Map();
    }
    return entry;
  };

  return {
    of: (session, nowMs) => {
      const entry = session === "" ? undefined : (young.get(session) ?? old.get(session));
      return entry === undefined ? { risk: 0, known: false } : { risk: decayed(entry, nowMs), known: true };
    },
    add: (session, matches, nowMs) => {
      if (session === "") return;
      let worst = 0;
      for (const { category, confidence } of matches) if (RISKY.has(category)) worst = Math.max(worst, confidence);
      const entry = used(session, nowMs);
      entry.risk = 1 - (1 - decayed(entry, nowMs)) * (1 - worst / 2);
      entry.atMs = nowMs;
    },
  };
};

/** A session belongs to who named it: another caller's session of the same name is another one. Empty when there is none. */
export const sessionKey = ({ tenant, key, session }: ExchangeOrigin): string =>
  session === "" ? "" : `${tenant}\u0000${key ?? ""}\u0000${session}`;
