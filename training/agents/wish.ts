import { dampingOf, type pairFeatures, WISH_BITS } from "../../server/src/agents/doubt/wish.ts";
import { createRandom, shuffled } from "../random.ts";

/** A request and a tool, or a mere effect. */
export interface Pair {
  readonly features: ReturnType<typeof pairFeatures>;
  readonly isWanted: boolean;
  readonly weight: number;
  /** Left out together. */
  readonly fold: string;
}

export interface Wish {
  readonly ofWords: Float32Array;
  readonly ofMarks: Float32Array;
}

const EPOCHS = 8;
const RATE = 0.1;
const DECAY = 1e-3;
const SQUARES = 0.1;

/** Logistic weights of words and marks, by adaptive steps. Deterministic from the seed. */
export const trainWish = (pairs: readonly Pair[], seed: number): Wish => {
  const size = 1 << WISH_BITS;
  const table = () => ({ weights: new Float32Array(size), squares: new Float32Array(size).fill(SQUARES) });
  const words = table();
  const marks = table();
  const step = ({ weights, squares }: ReturnType<typeof table>, place: number, pull: number): void => {
    const weight = weights[place] ?? 0;
    const gradient = pull + DECAY * weight;
    const sum = (squares[place] ?? 0) + gradient * gradient;
    squares[place] = sum;
    weights[place] = weight - (RATE * gradient) / Math.sqrt(sum);
  };
  const random = createRandom(seed);
  for (let epoch = 0; epoch < EPOCHS; epoch += 1)
    for (const { features, isWanted, weight } of shuffled(random, pairs)) {
      const damping = dampingOf(features.words.length);
      let sum = 0;
      for (const place of features.words) sum += words.weights[place] ?? 0;
      sum *= damping;
      for (const place of features.marks) sum += marks.weights[place] ?? 0;
      const error = (1 / (1 + Math.exp(-sum)) - (isWanted ? 1 : 0)) * weight;
      for (const place of features.words) step(words, place, error * damping);
      for (const place of features.marks) step(marks, place, error);
    }
  return { ofWords: words.weights, ofMarks: marks.weights };
};
