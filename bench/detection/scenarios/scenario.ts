import type { Agent, Company, Person } from "../company/company.ts";
import type { Random } from "../company/random.ts";
import type { Signal } from "../payloads/signal.ts";

export const FAMILIES = [
  "jailbreak-repeated",
  "sensitive-payload",
  "tool-out-of-scope",
  "registry-write-by-reader",
  "drift-after-fine-tune",
  "token-latency-spike",
  "scraping-fuzzing",
  "corpus-walk",
  "first-seen",
  "exchange-to-shell",
  "runtime-download",
  "privilege-change",
  "key-new-place",
  "denial-of-wallet",
  "privileged-route",
  "approval-abuse",
  "model-extraction",
  "membership-inference",
  "boundary-probing",
  "poisoned-document",
  "silent-model-swap",
  "source-silent",
  "stolen-pod-secret",
  "audit-switched-off",
] as const;
export type Family = (typeof FAMILIES)[number];

/** Who takes part in one scenario and when: nobody else plays in it. */
export interface Cast {
  readonly atMs: number;
  readonly person: Person;
  /** A second one, for what takes two. */
  readonly other: Person;
  readonly agent: Agent;
  /** An address that nobody of the company uses. */
  readonly stranger: string;
  readonly random: Random;
  readonly company: Company;
}

export interface Played {
  readonly signals: readonly Signal[];
  /** A source that says nothing for so long. */
  readonly silence?: { readonly source: string; readonly fromMs: number; readonly untilMs: number };
}

/** Something planted in the traffic, and what a finding about it must say. */
export interface Scenario {
  readonly id: string;
  readonly family: Family;
  readonly variant: "loud" | "subtle";
  readonly title: string;
  /** Days of ordinary traffic that have to stand before it; left out: 1. */
  readonly historyDays?: number;
  /** Hour of the day, UTC, at which it begins; left out: 10. */
  readonly hour?: number;
  /** Minutes after its last record within which it must be found. */
  readonly withinMinutes: number;
  /** Names of which a finding's group must have one. */
  readonly about: (cast: Cast) => readonly string[];
  readonly play: (cast: Cast) => Played;
}

/** Something that looks like an attack and is none. */
export interface Episode extends Omit<Scenario, "family" | "variant" | "withinMinutes" | "about"> {}

/** So many times, so long after each other. */
export const times = <T>(count: number, everyMs: number, make: (offsetMs: number, at: number) => readonly T[]): T[] =>
  Array.from({ length: count }, (_, at) => make(at * everyMs, at)).flat();
