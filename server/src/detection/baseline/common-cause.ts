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

/** From the narrowest to the broadest: who acts, and what is acted through. */
const BREADTH: Readonly<Record<Anomaly["dimension"], number>> = {
  agent: 0,
  principal: 1,
  model: 2,
  route: 3,
  source: 4,
};
/** How much of what is above the expected has to be another's. */
const EXPLAINED = 0.5;
const EXCESS_KINDS: ReadonlySet<Anomaly["kind"]> = new Set<Anomaly["kind"]>([
  "volume",
  "tokens",
  "errors",
  "refusals",
  "blocks",
  "near-misses",
]);

const excess = ({ seen, expected }: Anomaly): number => Math.max(0, seen - expected);

/** Whether what is strange about the broad one can be what is strange about the narrow one. */
const explains = (narrow: Anomaly, broad: Anomaly): boolean => {
  if (broad.kind === "first-seen" || narrow.kind === "first-seen") {
    const feature = broad.value?.split("=", 1)[0] ?? "";
    return broad.kind === narrow.kind && (broad.value === narrow.value || narrow.value === `${feature}=*`);
  }
  // Whoever sends far more is why a model is slow.
  if (broad.kind === "latency") return narrow.kind === "latency" || EXCESS_KINDS.has(narrow.kind);
  return broad.kind === narrow.kind && EXCESS_KINDS.has(broad.kind) && excess(narrow) >= EXPLAINED * excess(broad);
};

/** An anomaly, and the `feature=value` names that its hour was seen with. */
export interface Placed {
  readonly anomaly: Anomaly;
  readonly seenWith: Readonly<Record<string, number>>;
}

const isThrough = (narrow: Placed, broad: Placed): boolean => {
  const { dimension, subject } = broad.anomaly;
  if (dimension === "source") return true;
  // A principal's row names its agent; others name what they went through.
  if (dimension === "principal") return Object.hasOwn(broad.seenWith, `agent=${narrow.anomaly.subject}`);
  return Object.hasOwn(narrow.seenWith, `${dimension}=${subject}`);
};

/**
 * Which anomalies are others of the same hour, seen from further away: those of a model, route or source that are one
 * caller's, and those of a principal that are its agent's. One cause is told once.
 */
export const echoesOf = (placed: readonly Placed[]): ReadonlySet<Anomaly> => {
  const byHour = Map.groupBy(placed, ({ anomaly }) => anomaly.hourMs);
  const isEcho = (broad: Placed): boolean =>
    (byHour.get(broad.anomaly.hourMs) ?? []).some(
      (narrow) =>
        BREADTH[narrow.anomaly.dimension] < BREADTH[broad.anomaly.dimension] &&
        explains(narrow.anomaly, broad.anomaly) &&
        isThrough(narrow, broad),
    );
  return new Set(placed.filter(isEcho).map(({ anomaly }) => anomaly));
};
