import { gunzipSync } from "node:zlib";
import { z } from "zod";
import file from "../../../../models/agents/model.json" with { type: "json" };
import { createDoubtReader, type DoubtReader } from "./doubt.ts";
import type { Trees } from "./trees.ts";
import { WISH_BITS } from "./wish.ts";

const Weights = z.strictObject({
  scale: z.number().positive().describe("Of a weight, so that weights are bytes"),
  table: z.string().describe("gzip and base64 of one signed byte a feature"),
});
const Numbers = z.array(z.number());
const Places = z.array(z.int().nonnegative());

/** What training writes and the engine reads. */
const DoubtModelFile = z.strictObject({
  format: z.literal(1),
  wish: z.strictObject({ bits: z.literal(WISH_BITS), words: Weights, marks: Weights }),
  names: z.array(z.string()).describe("Of the numbers that the trees ask about"),
  trees: z.strictObject({ roots: Places, feature: Places, at: Numbers, low: Places, high: Places, value: Numbers }),
  start: z.number().describe("Log-odds before any tree is asked"),
});
export type DoubtModelFile = Readonly<z.infer<typeof DoubtModelFile>>;

/** Both models, ready to be asked. */
export interface DoubtModel {
  readonly ofWords: Float32Array;
  readonly ofMarks: Float32Array;
  readonly names: readonly string[];
  readonly trees: Trees;
  readonly start: number;
}

const unpack = ({ scale, table }: z.infer<typeof Weights>): Float32Array =>
  Float32Array.from(new Int8Array(gunzipSync(Buffer.from(table, "base64"))), (weight) => weight * scale);

/** @throws ZodError of a file that is no such model */
export const readDoubtModel = (written: unknown): DoubtModel => {
  const { wish, names, trees, start } = DoubtModelFile.parse(written);
  return { ofWords: unpack(wish.words), ofMarks: unpack(wish.marks), names, trees, start };
};

let shipped: DoubtReader | undefined;

/** The model in `models/agents`, read when first asked, since most processes never ask. */
export const shippedDoubt: DoubtReader = (evidence) => (shipped ??= createDoubtReader(readDoubtModel(file)))(evidence);
