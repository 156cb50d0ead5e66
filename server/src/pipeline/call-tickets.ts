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

interface Held {
  /** By digest, the oldest first. */
  readonly issued: Map<string, readonly Issued[]>;
  /** Taken by calls of which it may not be known yet whether they take place. */
  readonly taken: Set<Issued>;
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
  const sessions = new Map<string, Held>();

  const put = ({ issued }: Held, digest: string, all: readonly Issued[]): void => {
    const good = all.filter(({ untilMs }) => untilMs > clock.monotonic());
    if (good.length > 0) issued.set(digest, good);
    else issued.delete(digest);
  };

  return {
    issue: (session: string, digest: string, ticket: CallTicket): void => {
      const own = sessions.get(session) ?? { issued: new Map(), taken: new Set() };
      sessions.delete(session);
      sessions.set(session, own);
      const oldest = sessions.size > SESSIONS_MAX ? sessions.keys().next().value : undefined;
      if (oldest !== undefined) sessions.delete(oldest);
      const same = own.issued.get(digest) ?? [];
      if (same.length >= TICKETS_MAX || (same.length === 0 && own.issued.size >= TICKETS_MAX)) return;
      own.issued.set(digest, [...same, { ticket, untilMs: clock.monotonic() + TICKET_MS }]);
    },

    /**
     * The oldest under one of these digests, which are asked for only where the session has any. `giveBack`: the call
     * did not take place after all.
     */
    take: (session: string, digestsOf: () => readonly string[]) => {
      const own = sessions.get(session);
      if (own === undefined || own.issued.size === 0) return undefined;
      for (const digest of digestsOf()) {
        const same = own.issued.get(digest) ?? [];
        const first = same.find(({ untilMs }) => untilMs > clock.monotonic());
        if (first === undefined) continue;
        put(
          own,
          digest,
          same.filter((one) => one !== first),
        );
        own.taken.add(first);
        const [forgotten] = own.taken;
        if (own.taken.size > TICKETS_MAX && forgotten !== undefined) own.taken.delete(forgotten);
        const giveBack = (): void => {
          const now = sessions.get(session);
          // Its result came to the model by another way: what comes now is another call.
          if (now?.taken.delete(first) === true) put(now, digest, [first, ...(now.issued.get(digest) ?? [])]);
        };
        return { ticket: first.ticket, giveBack };
      }
      return undefined;
    },

    /** The results of these calls are back: whatever comes now is another call. */
    void: (session: string, calls: readonly string[]): void => {
      const own = sessions.get(session);
      if (own === undefined) return;
      for (const one of own.taken) if (calls.includes(one.ticket.call)) own.taken.delete(one);
      for (const [digest, issued] of own.issued)
        put(
          own,
          digest,
          issued.filter(({ ticket }) => !calls.includes(ticket.call)),
        );
    },
  };
};
