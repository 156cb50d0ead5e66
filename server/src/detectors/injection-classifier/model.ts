import { gunzipSync } from "node:zlib";
import { z } from "zod";
import file from "../../../../models/injection/model.json" with { type: "json" };
import type { Damping } from "./damping.ts";
import { createWordClasses, type WordClasses } from "./word-classes.ts";

/** Channels that share a table of weights. */
export const GROUP_NAMES = ["user", "outside", "description"] as const;
export type GroupName = (typeof GROUP_NAMES)[number];

const Line = z.strictObject({ slope: z.number().positive(), offset: z.number() });
const GroupFile = z.strictObject({
  window: z.int().min(8).max(256).describe("Words in a window"),
  bias: z.number(),
  scale: z.number().positive().describe("Of a weight, so that weights are bytes"),
  weights: z.string().describe("gzip and base64 of one signed byte a feature"),
  calibration: Line.describe("From a sum to log-odds"),
  report_from: z.number().min(0).max(1).describe("Confidence that at most 1 % of benign texts of unseen sources reach"),
  block_from: z.number().min(0).max(1).describe("The same for 0.1 %"),
});

/** What training writes and inspection reads. */
const ModelFile = z.strictObject({
  format: z.literal(3),
  version: z.string(),
  feature_bits: z.int().min(10).max(24),
  damping: z.strictObject({ strength: z.number().positive(), words: z.number().min(0) }),
  classes: z.array(z.strictObject({ name: z.string(), words: z.array(z.string()) })).max(250),
  pivots: z.array(z.array(z.string())).max(65_000).describe("Words of all languages that mean much the same"),
  groups: z.strictObject({ user: GroupFile, outside: GroupFile, description: GroupFile }),
  kinds: z.strictObject({
    names: z.array(z.string()).min(2),
    scale: z.number().positive(),
    bias: z.array(z.number()),
    feature_bits: z.int().min(8).max(20),
    weights: z.string().describe("gzip and base64 of one signed byte a feature, one table a kind"),
  }),
});
export type ModelFile = Readonly<z.infer<typeof ModelFile>>;

export interface Group {
  readonly window: number;
  readonly bias: number;
  readonly scale: number;
  readonly weights: Int8Array;
  readonly calibration: Readonly<z.infer<typeof Line>>;
}

export interface InjectionModel {
  readonly version: string;
  readonly lexicon: WordClasses;
  readonly classNames: readonly string[];
  /** Bits of a feature's hash that index the weights. */
  readonly mask: number;
  readonly damping: Damping;
  readonly groups: Readonly<Record<GroupName, Group>>;
  readonly kinds: {
    readonly names: readonly string[];
    readonly scale: number;
    readonly bias: readonly number[];
    readonly mask: number;
    readonly weights: readonly Int8Array[];
  };
}

const bytes = (packed: string, length: number): Int8Array => {
  const raw = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: length });
  if (raw.length !== length) throw new RangeError(`a table of the model has ${raw.length} bytes, not ${length}`);
  return new Int8Array(raw.buffer, raw.byteOffset, length);
};

/** @throws ZodError or RangeError when the file is not a model */
export const readModel = (given: unknown): InjectionModel => {
  const model = ModelFile.parse(given);
  const size = 1 << model.feature_bits;
  const group = (one: z.infer<typeof GroupFile>): Group => ({
    window: one.window,
    bias: one.bias,
    scale: one.scale,
    weights: bytes(one.weights, size),
    calibration: one.calibration,
  });
  const { kinds } = model;
  const kindSize = 1 << kinds.feature_bits;
  const tables = bytes(kinds.weights, kindSize * kinds.names.length);
  return {
    version: model.version,
    lexicon: createWordClasses(
      model.classes.map(({ words }) => words),
      model.pivots,
    ),
    classNames: model.classes.map(({ name }) => name),
    mask: size - 1,
    damping: model.damping,
    groups: {
      user: group(model.groups.user),
      outside: group(model.groups.outside),
      description: group(model.groups.description),
    },
    kinds: {
      names: kinds.names,
      scale: kinds.scale,
      bias: kinds.bias,
      mask: kindSize - 1,
      weights: kinds.names.map((_, index) => tables.subarray(index * kindSize, (index + 1) * kindSize)),
    },
  };
};

let shipped: InjectionModel | undefined;

/** The model in `models/injection`, read once. */
export const shippedModel = (): InjectionModel => (shipped ??= readModel(file));
