import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, makeCompany, MINUTE_MS, START_MS } from "../company/company.ts";
import { EPISODES, isFrozen, SCENARIOS } from "../scenarios/index.ts";
import type { Family, Scenario } from "../scenarios/scenario.ts";
import { plant, type Planted } from "./cast.ts";
import { judgeRun } from "./judge.ts";
import { reportOf, type Report } from "./report.ts";
import { simulate } from "./simulate.ts";

export interface Profile {
  readonly seed: string;
  readonly people: number;
  readonly days: number;
  /** Only attacks of these, each where and when it stands in the whole run, and no days after the last; left out: all. */
  readonly families?: readonly Family[];
}

export const FULL: Profile = { seed: "1", people: 200, days: 30 };
/** What tests run: no scenario that needs a week to learn from is in it. */
export const SMALL: Profile = { seed: "1", people: 40, days: 3 };

/** Thousands of small syncs are the disk's figure and not the detection's: in memory where there is such a folder. */
const dataFolder = (): string => process.env["PARAPET_BENCH_DATA"] ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());

const endOf = ({ untilMs, what }: Planted<Scenario>): number => untilMs + what.withinMinutes * MINUTE_MS;

/** One run of a company with everything planted in it that its days allow. */
export const measure = async (profile: Profile, onDay?: (day: number, events: number) => void): Promise<Report> => {
  const company = makeCompany(profile.seed, profile.people);
  const { families } = profile;
  const planted = plant(SCENARIOS, company, profile.days, true);
  const attacks = families === undefined ? planted : planted.filter(({ what }) => families.includes(what.family));
  // The whole run goes on to its last day, since ordinary days have false findings too.
  const days =
    families === undefined
      ? profile.days
      : Math.min(profile.days, Math.ceil((Math.max(...attacks.map(endOf)) - START_MS) / DAY_MS));
  const episodes = plant(EPISODES, company, profile.days, false);
  const directory = mkdtempSync(join(dataFolder(), "parapet-bench-"));
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  try {
    const run = await simulate({
      company,
      days,
      planted: [...attacks, ...episodes],
      directory,
      ...(onDay !== undefined && { onDay }),
    });
    for (const [source, reason] of run.malformed) throw new Error(`${source} does not read its payload: ${reason}`);
    const { verdicts, falseFindings } = judgeRun(run, attacks, isFrozen, START_MS);
    const { user, system } = process.cpuUsage(cpu);
    return reportOf(
      {
        ...profile,
        days,
        events: run.events,
        rules: run.rules,
        correlates: run.correlates,
        leftOut: SCENARIOS.length - planted.length,
        seconds: (performance.now() - startedMs) / 1_000,
        cpuSeconds: (user + system) / 1e6,
        peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
      },
      verdicts,
      falseFindings,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
