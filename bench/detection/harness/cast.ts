import { DAY_MS, HOUR_MS, START_MS, workload, type Company } from "../company/company.ts";
import { randomOf } from "../company/random.ts";
import type { Signal } from "../payloads/signal.ts";
import type { Cast, Episode, Played, Scenario } from "../scenarios/scenario.ts";

/** A scenario or an episode, put into the days of a run. */
export interface Planted<T extends Scenario | Episode> {
  readonly what: T;
  readonly cast: Cast;
  readonly played: Played;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The first day that has enough days before it, spread over what is left of the run, at which people are at work. */
const dayOf = (one: Scenario | Episode, at: number, days: number, seed: string): number | undefined => {
  const first = one.historyDays ?? 1;
  // What goes on for a day or two has to end inside the run.
  const last = days - 2;
  if (first > last) return undefined;
  const start = first + randomOf(`${seed} ${one.id} ${String(at)}`).whole(last - first + 1);
  for (let tried = 0; tried <= last - first; tried += 1) {
    const day = first + ((start - first + tried) % (last - first + 1));
    if (day % 7 < 5 && day !== 14) return day;
  }
  return undefined;
};

/**
 * Gives each its day, its people, its agent and its addresses. What needs more days before it than the run has is
 * left out.
 */
export const plant = <T extends Scenario | Episode>(
  all: readonly T[],
  company: Company,
  days: number,
  isAttack: boolean,
): Planted<T>[] =>
  all.flatMap((what, at): Planted<T>[] => {
    const day = dayOf(what, at, days, company.seed);
    if (day === undefined) return [];
    const random = randomOf(`${company.seed} ${what.id}`);
    const atMs = START_MS + day * DAY_MS + (what.hour ?? 10) * HOUR_MS + random.next() * 0.5 * HOUR_MS;
    // Attacks and look-alikes have other people; those who are away would not be at their desk.
    const own = company.people.filter((_, index) => index % 2 === (isAttack ? 0 : 1));
    const present = own.filter(({ office }) => workload(office, atMs) > 0.3);
    const pool = present.length > 3 ? present : own;
    const person = pool[(at * 3) % pool.length];
    const other = pool[(at * 3 + 1) % pool.length];
    const agent = company.agents[(at * 7) % company.agents.length];
    if (person === undefined || other === undefined || agent === undefined) throw new Error("the company is too small");
    const stranger = `203.0.113.${String(isAttack ? 1 + at : 200 + at)}`;
    const cast: Cast = { atMs, person, other, agent, stranger, random, company };
    const played = what.play(cast);
    const atTimes = played.signals.map((signal: Signal) => signal.atMs);
    const { silence } = played;
    return [
      {
        what,
        cast,
        played,
        fromMs: Math.min(...atTimes, silence?.fromMs ?? Infinity),
        untilMs: Math.max(...atTimes, silence?.untilMs ?? -Infinity),
      },
    ];
  });
