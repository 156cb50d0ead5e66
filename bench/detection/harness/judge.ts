import type { Finding } from "@parapet/model";
import { MINUTE_MS } from "../company/company.ts";
import { isGateway } from "../payloads/signal.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Planted } from "./cast.ts";
import type { Sighting, Simulated } from "./simulate.ts";

export interface Verdict {
  readonly id: string;
  readonly family: string;
  readonly variant: Scenario["variant"];
  readonly title: string;
  readonly frozen: boolean;
  /** Rules whose findings were about it in time, in the order they told. */
  readonly rules: readonly string[];
  /** From its first record to the first such finding. */
  readonly afterMinutes?: number;
  /** Rules that told of it, too late. */
  readonly late: readonly string[];
}

export interface FalseFinding {
  readonly rule: string;
  readonly severity: Finding["severity"];
  readonly title: string;
  readonly day: number;
  /** The look-alike whose events it holds; empty: ordinary traffic. */
  readonly episode: string;
}

const NAME_UNITS_MIN = 5;
/** Whether a finding's group names one of them: itself, or inside a longer name of its kind. */
const names = ({ entities }: Finding, about: readonly string[]): boolean =>
  Object.values(entities).some((value) =>
    about.some((name) => value === name || (name.length >= NAME_UNITS_MIN && value.includes(name))),
  );

interface Fit {
  /** Its events are in the finding and the group names it, or nothing else is in the finding. */
  readonly tells: boolean;
  /** It is at least a consequence of the scenario, and so no false finding. */
  readonly belongs: boolean;
}

/** Routes, models and sources that it passed: their figures move with it. */
const touchedBy = ({ played }: Planted<Scenario>): ReadonlySet<string> =>
  new Set(
    played.signals.flatMap((signal) => {
      if (!isGateway(signal)) return [signal.source];
      return "origin" in signal.record
        ? ["gateway", signal.record.origin.route, signal.record.origin.model]
        : ["audit"];
    }),
  );

const createFit = (planted: Planted<Scenario>, owners: Simulated["owners"]) => {
  const about = planted.what.about(planted.cast);
  const touched = touchedBy(planted);
  const deadlineMs = planted.untilMs + planted.what.withinMinutes * MINUTE_MS;
  return {
    deadlineMs,
    of: ({ finding, atMs, added, isNew }: Sighting): Fit => {
      if (atMs < planted.fromMs) return { tells: false, belongs: false };
      const isNamed = names(finding, about);
      if (finding.events.length + finding.exchanges.length === 0 || planted.played.silence !== undefined) {
        const isNear = atMs <= deadlineMs;
        const isMoved = Object.values(finding.entities).some((value) => touched.has(value));
        return { tells: isNamed && isNear, belongs: isNear && (isNamed || isMoved) };
      }
      const own = added.filter((id) => owners.get(id) === planted.what.id).length;
      if (own === 0) return { tells: false, belongs: false };
      return { tells: isNamed || (isNew && own === added.length), belongs: true };
    },
  };
};

/** Which scenarios were told of in time, and which findings are about none. */
export const judgeRun = (
  { sightings, owners }: Simulated,
  scenarios: readonly Planted<Scenario>[],
  isFrozen: (id: string) => boolean,
  startMs: number,
): { readonly verdicts: readonly Verdict[]; readonly falseFindings: readonly FalseFinding[] } => {
  const belonging = new Set<string>();
  const verdicts = scenarios.map((planted): Verdict => {
    const { what } = planted;
    const fit = createFit(planted, owners);
    const rules = new Set<string>();
    const late = new Set<string>();
    let firstMs: number | undefined;
    for (const sighting of sightings) {
      const { tells, belongs } = fit.of(sighting);
      if (belongs) belonging.add(sighting.finding.id);
      if (!tells) continue;
      if (sighting.atMs <= fit.deadlineMs) {
        rules.add(sighting.finding.rule);
        firstMs ??= sighting.atMs;
      } else late.add(sighting.finding.rule);
    }
    const { id, family, variant, title } = what;
    return {
      id,
      family,
      variant,
      title,
      frozen: isFrozen(id),
      rules: [...rules],
      ...(firstMs !== undefined && { afterMinutes: Math.round((firstMs - planted.fromMs) / MINUTE_MS) }),
      late: [...late].filter((rule) => !rules.has(rule)),
    };
  });
  const falseFindings = sightings
    .filter(({ isNew, finding }) => isNew && !belonging.has(finding.id))
    .map(({ finding, atMs, added }): FalseFinding => ({
      rule: finding.rule,
      severity: finding.severity,
      title: finding.title,
      day: Math.floor((atMs - startMs) / 86_400_000),
      episode: added.map((id) => owners.get(id) ?? "").find((owner) => owner !== "") ?? "",
    }));
  return { verdicts, falseFindings };
};
