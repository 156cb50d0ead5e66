import type { Anomaly } from "@parapet/model";

const TOGETHER_MIN = 5;
const TOGETHER_SHARE = 0.1;
/** What many do at once has one cause; what somebody does for the first time is their own. */
const TOGETHER_KINDS: ReadonlySet<Anomaly["kind"]> = new Set<Anomaly["kind"]>([
  "volume",
  "tokens",
  "latency",
  "errors",
  "refusals",
  "blocks",
]);

/**
 * An outage, a release or a company-wide rush makes everybody strange at once: then the strongest stands for all, and
 * says how many they are. `active`: how many of each dimension did anything in those hours.
 */
export const withCommonCauses = (
  anomalies: readonly Anomaly[],
  active: Readonly<Partial<Record<Anomaly["dimension"], number>>>,
): readonly Anomaly[] => {
  const together = new Map<string, Anomaly[]>();
  for (const one of anomalies) {
    const key = TOGETHER_KINDS.has(one.kind)
      ? `${one.dimension} ${one.kind} ${one.hourMs}`
      : JSON.stringify([one.subject, one.kind, one.hourMs, one.value]);
    together.set(key, [...(together.get(key) ?? []), one]);
  }
  return [...together.values()].flatMap((group) => {
    const [strongest] = group.toSorted((a, b) => b.sigmas - a.sigmas);
    const all = active[strongest?.dimension ?? "principal"] ?? 0;
    if (strongest === undefined || group.length < Math.max(TOGETHER_MIN, TOGETHER_SHARE * all)) return group;
    return [
      {
        ...strongest,
        sentence: `${group.length} of ${all} ${strongest.dimension}s at once, so one cause is likely; the strongest is ${strongest.sentence}`,
      },
    ];
  });
};
