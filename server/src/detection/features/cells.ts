/**
 * Distributions as counted cells: `feature=value` for names, `feature#bucket` for numbers. Buckets are signed and
 * logarithmic, five per cent wide, so that latencies and ages need no bounds that somebody would have to choose.
 * `feature@3=value` is the same of the third group of callers: each caller is in one of eight by a hash.
 */
const GROWTH = Math.log(1.05);
const VALUE_UNITS_MAX = 64;
const NAME_UNITS_MAX = 48;

export const bucketOf = (value: number): number =>
  Number.isFinite(value) ? Math.sign(value) * Math.round(Math.log1p(Math.abs(value)) / GROWTH) : 0;

/** The value in the middle of a bucket. */
export const valueOfBucket = (bucket: number): number => Math.sign(bucket) * Math.expm1(Math.abs(bucket) * GROWTH);

const cleanName = (name: string): string => name.slice(0, NAME_UNITS_MAX).replace(/[#=@]/g, "_");

export const numberCell = (feature: string, value: number): string => `${cleanName(feature)}#${bucketOf(value)}`;

export const nameCell = (feature: string, value: string): string =>
  `${cleanName(feature)}=${value.slice(0, VALUE_UNITS_MAX)}`;

const GROUPS = 8;
/** The group of whoever has this hash. */
export const callerGroup = (hash: number): string => String(hash % GROUPS);

/** The cell as one of a group of callers. */
export const cellOfGroup = (cell: string, group: string): string => {
  const at = cell.search(/[#=]/);
  return `${cell.slice(0, at)}@${group}${cell.slice(at)}`;
};

/** The group of a cell, and the cell of everybody; cells of older versions are of no group. */
export const withoutGroup = (cell: string): readonly [group: string, cell: string] => {
  const at = cell.search(/[#=@]/);
  if (cell.charAt(at) !== "@") return ["", cell];
  const end = cell.slice(at).search(/[#=]/) + at;
  return [cell.slice(at + 1, end), cell.slice(0, at) + cell.slice(end)];
};

/** One feature's cells, by what follows its name. */
export interface Distribution {
  readonly feature: string;
  readonly kind: "number" | "name";
  readonly total: number;
  readonly cells: ReadonlyMap<string, number>;
}

/** Cells taken apart by feature. */
export const distributionsOf = (cells: Readonly<Record<string, number>>): ReadonlyMap<string, Distribution> => {
  const found = new Map<
    string,
    { feature: string; kind: "number" | "name"; total: number; cells: Map<string, number> }
  >();
  for (const [cell, count] of Object.entries(cells)) {
    const at = cell.search(/[#=]/);
    if (at < 1) continue;
    const feature = cell.slice(0, at);
    const kind = cell.charAt(at) === "#" ? "number" : "name";
    const known = found.get(`${feature}${cell.charAt(at)}`) ?? { feature, kind, total: 0, cells: new Map() };
    known.total += count;
    known.cells.set(cell.slice(at + 1), (known.cells.get(cell.slice(at + 1)) ?? 0) + count);
    found.set(`${feature}${cell.charAt(at)}`, known);
  }
  return new Map([...found.values()].map((one) => [one.feature, one]));
};

/** Value below which the share `q` of a distribution of numbers lies; undefined when it is empty. */
export const quantileOfCells = ({ cells, total }: Distribution, q: number): number | undefined => {
  if (total <= 0) return undefined;
  let seen = 0;
  const ordered = [...cells].map(([bucket, count]) => [Number(bucket), count] as const).sort((a, b) => a[0] - b[0]);
  for (const [bucket, count] of ordered) {
    seen += count;
    if (seen >= q * total) return valueOfBucket(bucket);
  }
  return undefined;
};
