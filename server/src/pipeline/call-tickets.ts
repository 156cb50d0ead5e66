import type { Clock } from "#platform";

/** A call that was counted where a model's answer asked for it, and may yet come to its server. */
export interface CallTicket {
  /** Of the call in the conversation; empty where the protocol gives none. */
  readonly call: string;
  /** What was added to each counter of a total, in hundredths. */
  readonly counted: ReadonlyMap<string, number>;
}

interface Issued {
  readonly ticket: CallTicket;
  readonly untilMs: number;
}

/** Longer than a call waits before it begins; one that comes later counts again. */
const TICKET_MS = 5 * 60_000;
const SESSIONS_MAX = 10_000;
/** Of one session: different calls, and the same one. */
const TICKETS_MAX = 64;

/**
 * Lets a call that a model's answer asked for be counted once, although it is judged again at its server: each that was
 * let go is worth one call with the same digest, until its result is back with the model, or for five minutes. Kept in
 * memory: what is lost counts twice, never not at all.
 */
export const createCallTickets = (clock: Clock) => {
  /** By session, then by digest, the oldest first. */
  const sessions = new Map<string, Map<string, readonly Issued[]>>();

  const put = (session: string, digest: string, issued: readonly Issued[]): void => {
    const own = sessions.get(session);
    const good = issued.filter(({ untilMs }) => untilMs > clock.monotonic());
    if (good.length > 0) own?.set(digest, good);
    else own?.delete(digest);
    if (own?.size === 0) sessions.delete(session);
  };

  return {
    issue: (session: string, digest: string, ticket: CallTicket): void => {
      const own = sessions.get(session) ?? new Map<string, readonly Issued[]>();
      sessions.delete(session);
      sessions.set(session, own);
      const oldest = sessions.size > SESSIONS_MAX ? sessions.keys().next().value : undefined;
      if (oldest !== undefined) sessions.delete(oldest);
      const same = own.get(digest) ?? [];
      if (same.length >= TICKETS_MAX || (same.length === 0 && own.size >= TICKETS_MAX)) return;
      own.set(digest, [...same, { ticket, untilMs: clock.monotonic() + TICKET_MS }]);
    },

    /** The oldest under one of these digests. `giveBack`: the call did not take place after all. */
    take: (session: string, digests: readonly string[]) => {
      for (const digest of digests) {
        const same = sessions.get(session)?.get(digest) ?? [];
        const first = same.find(({ untilMs }) => untilMs > clock.monotonic());
        if (first === undefined) continue;
        put(
          session,
          digest,
          same.filter((one) => one !== first),
        );
        const giveBack = (): void => {
          const own = sessions.get(session) ?? new Map<string, readonly Issued[]>();
          sessions.set(session, own);
          own.set(digest, [first, ...(own.get(digest) ?? [])]);
        };
        return { ticket: first.ticket, giveBack };
      }
      return undefined;
    },

    /** The results of these calls are back: whatever comes now is another call. */
    void: (session: string, calls: readonly string[]): void => {
      for (const [digest, issued] of sessions.get(session) ?? [])
        put(
          session,
          digest,
          issued.filter(({ ticket }) => !calls.includes(ticket.call)),
        );
    },
  };
};
