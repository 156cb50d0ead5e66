import { gunzipSync } from "node:zlib";
import { z } from "zod";
import file from "../../../../models/injection/model.json" with { type: "json" };
import type { Damping } from "./damping.ts";
import { FILTER_WORDS, GROUPS, type Network, type NetworkUse, perTable, VECTOR_COUNTS } from "./network.ts";
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
  network_from: z.number().describe("Sum of the weights from which the network is asked"),
  network_expected: z
    .strictObject({ slope: z.number(), offset: z.number() })
    .describe("What the network mostly answers at a sum of weights; stands for its answer where it is not asked"),
  calibration: Line.describe("From a sum to log-odds"),
  report_from: z.number().min(0).max(1).describe("Confidence that at most 1 % of benign texts of unseen sources reach"),
  block_from: z.number().min(0).max(1).describe("The same for 0.1 %"),
});

const Floats = z.string().describe("gzip and base64 of 32-bit numbers, little-endian");
const Vectors = z.strictObject({
  scale: z.number().positive().describe("Of a byte"),
  table: z.string().describe("gzip and base64 of one signed byte a number, vector after vector"),
});
const NetworkFile = z.strictObject({
  weight: z.number().min(0).describe("What of its answer is added to the sum"),
  dimension: z.int().min(1).max(256),
  vectors: z.strictObject(perTable(() => Vectors)),
  filter_count: z.int().min(1).max(512),
  filters: Floats,
  filter_bias: Floats,
  hidden_count: z.int().min(1).max(512),
  hidden: Floats,
  hidden_bias: Floats,
  output: Floats,
  output_bias: z.number(),
});

/** What training writes and inspection reads. */
const ModelFile = z.strictObject({
  format: z.literal(4),
  version: z.string(),
  feature_bits: z.int().min(10).max(24),
  damping: z.strictObject({ strength: z.number().positive(), words: z.number().min(0) }),
  classes: z.array(z.strictObject({ name: z.string(), words: z.array(z.string()) })).max(250),
  pivots: z.array(z.array(z.string())).max(65_000).describe("Words of all languages that mean much the same"),
  groups: z.strictObject({ user: GroupFile, outside: GroupFile, description: GroupFile }),
  network: NetworkFile,
  kinds: z.strictObject({
    names: z.array(z.string()).min(2),
    scale: z.number().positive(),
    bias: z.array(z.number()),
    feature_bits: z.int().min(8).max(20),
    weights: z.string().describe("gzip and base64 of one signed byte a feature, one table a kind"),
  }),
});
export type ModelFile = Readonly<z.infer<typeof ModelFile>>;

export interface Group extends NetworkUse {
  /** Its place in {@link GROUP_NAMES}. */
  readonly number: number;
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
  readonly network: Network;
  /** What of the network's answer is added to a sum. */
  readonly networkWeight: number;
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

const floats = (packed: string, length: number): Float32Array => {
  const raw = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: 4 * length });
  if (raw.length !== 4 * length)
    throw new RangeError(`numbers of the model take ${raw.length} bytes, not ${4 * length}`);
  return Float32Array.from({ length }, (_, index) => raw.readFloatLE(4 * index));
};

const networkOf = (file: z.infer<typeof NetworkFile>): Network => {
  const { dimension, filter_count: filters, hidden_count: hidden } = file;
  return {
    dimension,
    vectors: perTable((name) => ({
      scale: file.vectors[name].scale,
      table: bytes(file.vectors[name].table, VECTOR_COUNTS[name] * dimension),
    })),
    filters: floats(file.filters, filters * FILTER_WORDS * dimension),
    filterBias: floats(file.filter_bias, filters),
    hidden: floats(file.hidden, hidden * (filters + GROUPS)),
    hiddenBias: floats(file.hidden_bias, hidden),
    output: floats(file.output, hidden),
    outputBias: file.output_bias,
  };
};

/** @throws ZodError or RangeError when the file is not a model */
export const readModel = (given: unknown): InjectionModel => {
  const model = ModelFile.parse(given);
  const size = 1 << model.feature_bits;
  const group = (name: GroupName, one: z.infer<typeof GroupFile>): Group => ({
    number: GROUP_NAMES.indexOf(name),
    window: one.window,
    bias: one.bias,
    scale: one.scale,
    weights: bytes(one.weights, size),
    networkFrom: one.network_from,
    networkExpected: one.network_expected,
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
      user: group("user", model.groups.user),
      outside: group("outside", model.groups.outside),
      description: group("description", model.groups.description),
    },
    network: networkOf(model.network),
    networkWeight: model.network.weight,
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
