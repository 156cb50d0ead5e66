import { distributionsOf, valueOfBucket, type Distribution } from "../features/cells.ts";
import { round } from "../baseline/statistics.ts";
import { ofAllCallers } from "./rushes.ts";

type Cells = Readonly<Record<string, number>>;

/** Numbers within a fifth of each other are alike: buckets are five per cent wide. */
const ALIKE_BUCKETS = 4;

export interface Placed {
  /** Share of such values now, less the share before: above 0 what has become more, below what has become less. */
  readonly gain: number;
  /** `output.length 1240` */
  readonly shows: string;
}

/**
 * Where an event stands in what changed of a feature: made of the cells of both sides, it places the cells of one event;
 * undefined for an event without the feature. What is most typical is where most has come to or gone from, not what is
 * rarest.
 */
export const placeIn = (
  feature: string,
  { before, now }: { readonly before: readonly Cells[]; readonly now: readonly Cells[] },
): ((cells: readonly string[]) => Placed | undefined) => {
  const sides = [now, before].map((cells) => distributionsOf(ofAllCallers(cells)).get(feature));
  return (cells) => {
    const cell = cells.find((one) => one.startsWith(feature) && /^[#=]/.test(one.slice(feature.length)));
    if (cell === undefined) return undefined;
    const name = cell.slice(feature.length + 1);
    const isNumber = cell.charAt(feature.length) === "#";
    const [more = 0, less = 0] = sides.map((side) => shareOf(side, name, isNumber));
    return {
      gain: more - less,
      shows: `${feature} ${isNumber ? String(round(valueOfBucket(Number(name)), 2)) : name}`,
    };
  };
};

const shareOf = (side: Distribution | undefined, name: string, isNumber: boolean): number => {
  if (side === undefined || side.total === 0) return 0;
  if (!isNumber) return (side.cells.get(name) ?? 0) / side.total;
  let alike = 0;
  for (let away = -ALIKE_BUCKETS; away <= ALIKE_BUCKETS; away += 1)
    alike += side.cells.get(String(Number(name) + away)) ?? 0;
  return alike / side.total;
};
