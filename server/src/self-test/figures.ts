import { CATEGORIES, type Category, type SelfTestFigures, type SelfTestLane, type SelfTestRow } from "@parapet/model";
import type { LaneTarget, Outcome } from "./run-lane.ts";

export interface DetectorKind {
  readonly id: string;
  readonly version: string;
  readonly categories: readonly Category[];
}

type IsHit = (outcome: Outcome) => boolean;

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const figuresOf = (
  name: string,
  on: boolean,
  outcomes: readonly Outcome[],
  business: { readonly attack: IsHit; readonly benign: IsHit; readonly hit: IsHit },
): SelfTestFigures => {
  const attacks = outcomes.filter((one) => one.row.label === "attack" && business.attack(one));
  const benign = outcomes.filter((one) => one.row.label === "benign" && business.benign(one));
  const missed = attacks.filter((one) => !business.hit(one)).map(({ row }) => row.id);
  const flagged = benign.filter((one) => business.hit(one)).map(({ row }) => row.id);
  return {
    name,
    on,
    attacks: attacks.length,
    found: attacks.length - missed.length,
    recall: share(attacks.length - missed.length, attacks.length),
    benign: benign.length,
    wrong: flagged.length,
    falsePositives: share(flagged.length, benign.length),
    missed,
    flagged,
  };
};

/** An attack counts where it belongs most; a look-alike wherever it could be taken for something. */
const detectorFigures = ({ id, categories }: DetectorKind, on: boolean, outcomes: readonly Outcome[]) =>
  figuresOf(id, on, outcomes, {
    attack: ({ row }) => row.categories.slice(0, 1).some((category) => categories.includes(category)),
    benign: ({ row }) => row.categories.some((category) => categories.includes(category)),
    hit: ({ row, found }) =>
      found.some(({ detector, category }) => detector === id && row.categories.includes(category)),
  });

const categoryFigures = (category: Category, on: boolean, outcomes: readonly Outcome[]) =>
  figuresOf(category, on, outcomes, {
    attack: ({ row }) => row.categories[0] === category,
    benign: ({ row }) => row.categories.includes(category),
    hit: ({ row, found }) =>
      row.label === "attack"
        ? found.some((one) => row.categories.includes(one.category))
        : found.some((one) => one.category === category),
  });

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;

/** Rates over the rows that could be seen; what has no row is left out. */
export const laneFigures = (
  target: LaneTarget,
  outcomes: readonly Outcome[],
  catalogue: readonly DetectorKind[],
): SelfTestLane => {
  const seen = outcomes.filter(({ unseen }) => unseen === "");
  const added = seen.map(({ addedMs }) => addedMs).sort((a, b) => a - b);
  const running = catalogue.filter(({ id }) => target.detectors.includes(id));
  const hasRows = ({ attacks, benign }: SelfTestFigures): boolean => attacks + benign > 0;
  return {
    lane: target.lane,
    routes: [...target.routes],
    rows: seen.length,
    acted: seen.filter(({ row, acted }) => row.label === "attack" && acted).length,
    addedMs: { p50: rounded(quantile(added, 0.5)), p99: rounded(quantile(added, 0.99)) },
    detectors: catalogue.map((detector) => detectorFigures(detector, running.includes(detector), seen)).filter(hasRows),
    categories: CATEGORIES.map((category) =>
      categoryFigures(
        category,
        running.some((detector) => detector.categories.includes(category)),
        seen,
      ),
    ).filter(hasRows),
  };
};

/** What of a row somebody should look at; undefined when it came out right. */
export const wrongRow = (lane: string, { row, exchange, found, unseen }: Outcome): SelfTestRow | undefined => {
  const isFound = found.some(({ category }) => row.categories.includes(category));
  if (unseen === "" && isFound === (row.label === "attack")) return undefined;
  return {
    id: row.id,
    lane,
    outcome: unseen !== "" ? "unseen" : row.label === "attack" ? "missed" : "flagged",
    categories: row.categories,
    found: found.map((one) => ({ ...one, confidence: rounded(one.confidence) })),
    exchange,
    detail: unseen,
  };
};
