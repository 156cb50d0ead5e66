import { gatherMarks, type CallEvidence } from "./evidence.ts";
import type { DoubtModel } from "./model.ts";
import { sayMark } from "./say-mark.ts";
import { scoreTrees } from "./trees.ts";
import type { ToolView } from "../tool-effects.ts";
import { pairFeatures, toolKeys, wishSum, type RequestWords } from "./wish.ts";

/** How likely it is that content, and not the user, is why a call is made. */
export interface Doubt {
  /** 0 to 100. */
  readonly percent: number;
  /** What speaks most for it, in words; the strongest first. */
  readonly because: readonly string[];
}

export type DoubtReader = (evidence: CallEvidence) => Doubt;

/** How well the user's requests and a call's tool go together, as the trees read it: the best of the requests. */
export const WISH = "wish";
/** As likely the one as the other; only above it reasons are told. */
export const EVEN = 50;
const REASONS_MAX = 2;
/** Log-odds that a mark must have moved a call by to be told. */
const SHARE_MIN = 0.2;

export const createDoubtReader = (model: DoubtModel): DoubtReader => {
  const places = new Map(model.names.map((name, place) => [name, place]));
  /** A session asks about few tools, and about each many times. */
  const wishesOf = new WeakMap<RequestWords, WeakMap<ToolView, number>>();
  const wishOf = (request: RequestWords, view: ToolView): number => {
    const known = wishesOf.get(request) ?? new WeakMap<ToolView, number>();
    wishesOf.set(request, known);
    const wish = known.get(view) ?? wishSum(pairFeatures(request, toolKeys(view.effects, view.words)), model);
    known.set(view, wish);
    return wish;
  };
  return (evidence) => {
    const { view, requests } = evidence;
    const wishes = requests.map((request) => wishOf(request, view));
    const numbers = new Float64Array(model.names.length);
    const set = (name: string, value: number): void => {
      const place = places.get(name);
      if (place !== undefined) numbers[place] = value;
    };
    for (const [name, value] of gatherMarks(evidence)) set(name, value);
    set(WISH, wishes.length === 0 ? 0 : Math.max(...wishes));
    const shares = new Float64Array(model.names.length);
    const sum = model.start + scoreTrees(model.trees, numbers, shares);
    const percent = Math.round(100 / (1 + Math.exp(-sum)));
    return { percent, because: percent > EVEN ? explain(model.names, numbers, shares) : [] };
  };
};

const explain = (names: readonly string[], numbers: Float64Array, shares: Float64Array): readonly string[] => {
  const strongest = names
    .map((name, place) => ({ name, share: shares[place] ?? 0, value: numbers[place] ?? 0 }))
    .filter(({ share }) => share > SHARE_MIN)
    .toSorted((one, other) => other.share - one.share);
  return [...new Set(strongest.flatMap(({ name, value }) => sayMark(name, value) ?? []))].slice(0, REASONS_MAX);
};
