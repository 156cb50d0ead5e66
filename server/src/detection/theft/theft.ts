import type { TheftSettings, TheftSign } from "@parapet/model";
import { SIGNATURE_BITS, unpackSample } from "../features/signature.ts";
import { dayWords } from "../baseline/calendar.ts";
import { round } from "../baseline/statistics.ts";
import { neighbourhoodsOf, type Neighbourhoods } from "./neighbourhoods.ts";

/** What one principal asked on one day, and what is ordinary for it and its peers. */
export interface AskedDay {
  readonly id: string;
  readonly dayMs: number;
  readonly prompts: number;
  /** Packed samples of the day. */
  readonly samples: readonly number[];
  /** Prompts of a peer's day, median, and how many peers that is of. */
  readonly peers: { readonly prompts: number; readonly members: number };
  /** Ordinary upper end of its own day; undefined while it is learned. */
  readonly ownSpread: number | undefined;
  /** Highest share of near-duplicates that it, or else a peer, had in an ordinary hour; undefined when none is known. */
  readonly likeness: number | undefined;
}

const PEERS_MIN = 5;
/** Sampled queries that the shares have to rest on. */
const SAMPLED_MIN = 100;
const LIKENESS_MORE = 0.3;
/** Nobody to compare with: then nearly everything has to be alike. */
const ALONE_SHARE = 0.9;
const FLIP_SHARE = 0.1;
const CELL_BITS = 8;

/** Signs that a model, its training data or its boundary is being taken. Each has its least evidence in the settings. */
export const judgeTheft = (asked: AskedDay, settings: TheftSettings): readonly TheftSign[] => {
  if (asked.samples.length < Math.min(SAMPLED_MIN, settings.nearMin)) return [];
  const mayExtract = asked.prompts >= settings.queriesMin;
  if (!mayExtract && asked.samples.length < settings.nearMin) return [];
  const found = neighbourhoodsOf(asked.samples);
  return [
    ...(mayExtract ? extraction(asked, found, settings) : []),
    ...inversion(asked, found, settings),
    ...boundary(asked, found, settings),
  ];
};

/** How many of 256 parts of the space of prompts were asked in. */
const coverageOf = (samples: readonly number[]): number =>
  new Set(samples.map((one) => Math.floor(unpackSample(one).signature / 2 ** (SIGNATURE_BITS - CELL_BITS)))).size;

const sign = ({ id, dayMs }: AskedDay, kind: TheftSign["kind"], what: string): readonly TheftSign[] => [
  { subject: id, kind, dayMs, sentence: `${id} on ${dayWords(dayMs)}: ${what}` },
];

const extraction = (asked: AskedDay, found: Neighbourhoods, settings: TheftSettings): readonly TheftSign[] => {
  const { prompts, peers, ownSpread, samples } = asked;
  const novelty = found.alone / Math.max(1, found.distinct);
  const fresh = found.distinct / Math.max(1, found.queries);
  const times = prompts / Math.max(1, peers.prompts);
  if (peers.members < PEERS_MIN || times < settings.peerTimes) return [];
  if (novelty < settings.novelty || fresh < settings.novelty) return [];
  if (ownSpread !== undefined && prompts < 2 * ownSpread) return [];
  return sign(
    asked,
    "extraction",
    `${prompts} queries, ${round(times, 1)} times a peer's day (median ${Math.round(peers.prompts)} of ${peers.members} peers); ${Math.round(100 * novelty)}% hardly resemble another query of the day, and they reach ${coverageOf(samples)} of 256 parts of the query space: the pattern of copying a model by its answers.`,
  );
};

/** Whether so many near-duplicates are beyond what is known of the caller or its peers. */
const isUnusual = (share: number, likeness: number | undefined, settings: TheftSettings): boolean =>
  share >= Math.max(settings.nearShare, likeness === undefined ? ALONE_SHARE : likeness + LIKENESS_MORE);

const likenessWords = (likeness: number | undefined): string =>
  likeness === undefined ? "nobody to compare with" : `ordinarily up to ${Math.round(100 * likeness)}%`;

const inversion = (asked: AskedDay, found: Neighbourhoods, settings: TheftSettings): readonly TheftSign[] => {
  const share = found.near / Math.max(1, found.distinct);
  const confident = found.confident / Math.max(1, found.near);
  if (found.near < settings.nearMin || confident < settings.confidenceShare) return [];
  if (!isUnusual(share, asked.likeness, settings)) return [];
  return sign(
    asked,
    "inversion",
    `${found.near} of ${found.distinct} distinct queries (${Math.round(100 * share)}%, ${likenessWords(asked.likeness)}) are small changes of one another, and ${Math.round(100 * confident)}% of them were answered with a confidence: the pattern of inverting a model or of asking who was in its training data.`,
  );
};

const boundary = (asked: AskedDay, found: Neighbourhoods, settings: TheftSettings): readonly TheftSign[] => {
  const share = found.near / Math.max(1, found.distinct);
  const flipping = found.flips / Math.max(1, found.pairs);
  if (found.near < settings.nearMin / 2 || found.flips < settings.flipsMin || flipping < FLIP_SHARE) return [];
  if (!isUnusual(share, asked.likeness, settings)) return [];
  return sign(
    asked,
    "boundary",
    `${found.flips} of ${found.pairs} pairs of near-duplicates were answered differently (${Math.round(100 * flipping)}%), among ${found.near} of ${found.distinct} distinct queries that are small changes of one another (${likenessWords(asked.likeness)}): the pattern of feeling along a decision boundary.`,
  );
};
