import { FEATURES_MAX, featuresAt } from "./features.ts";
import type { InjectionModel } from "./model.ts";
import type { Passage } from "./score.ts";
import type { Tokens } from "./tokens.ts";

const buffer = new Int32Array(FEATURES_MAX);

/** What sort of attack a passage most likely is, given that it is one. */
export const kindOf = ({ kinds }: InjectionModel, tokens: Tokens, { from, to }: Passage): string => {
  const counted = new Set<number>();
  for (let i = from; i < to; i += 1) {
    const written = featuresAt(tokens, i, buffer);
    for (let k = 0; k < written; k += 1) counted.add((buffer[k] ?? 0) & kinds.mask);
  }
  let best = Number.NEGATIVE_INFINITY;
  let name = kinds.names[0] ?? "";
  kinds.weights.forEach((weights, kind) => {
    let sum = kinds.bias[kind] ?? 0;
    for (const feature of counted) sum += (weights[feature] ?? 0) * kinds.scale;
    if (sum > best) {
      best = sum;
      name = kinds.names[kind] ?? name;
    }
  });
  return name;
};
