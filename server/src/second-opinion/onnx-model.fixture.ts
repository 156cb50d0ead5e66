/** Protobuf, as little of it as an ONNX file needs. */
type Bytes = readonly number[];

const varint = (value: number): Bytes => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
};
const int = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const part = (field: number, inner: Bytes): Bytes => [...varint(field * 8 + 2), ...varint(inner.length), ...inner];
const text = (field: number, value: string): Bytes => part(field, [...Buffer.from(value)]);

const INT64 = 7;
const FLOAT = 1;

const attribute = (name: string, value: number | readonly number[]): Bytes =>
  part(
    5,
    typeof value === "number"
      ? [...text(1, name), ...int(3, value), ...int(20, 2)]
      : [...text(1, name), ...value.flatMap((one) => int(8, one)), ...int(20, 7)],
  );

const node = (type: string, inputs: readonly string[], output: string, attributes: readonly Bytes[] = []): Bytes =>
  part(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, type), ...attributes.flat()]);

const constant = (name: string, type: number, raw: Buffer): Bytes =>
  part(5, [...int(1, 1), ...int(2, type), ...text(8, name), ...part(9, [...raw])]);

const float = (value: number): Buffer => {
  const raw = Buffer.alloc(4);
  raw.writeFloatLE(value);
  return raw;
};

const value = (field: number, name: string, type: number, dims: readonly (string | number)[]): Bytes =>
  part(field, [
    ...text(1, name),
    ...part(2, [
      ...part(1, [
        ...int(1, type),
        ...part(
          2,
          dims.flatMap((dim) => part(1, typeof dim === "number" ? int(1, dim) : text(2, dim))),
        ),
      ]),
    ]),
  ]);

/**
 * A classifier of two labels that takes a text for an attack where one token stands in it: the logits are −4 and 4 then,
 * and 4 and −4 otherwise.
 */
export const wordSpotter = (token: number): Buffer => {
  const wanted = Buffer.alloc(8);
  wanted.writeBigInt64LE(BigInt(token));
  const graph = [
    ...node("Equal", ["input_ids", "wanted"], "is"),
    ...node("Cast", ["is"], "number", [attribute("to", FLOAT)]),
    ...node("ReduceMax", ["number"], "any", [attribute("axes", [1]), attribute("keepdims", 1)]),
    ...node("Mul", ["any", "eight"], "scaled"),
    ...node("Sub", ["scaled", "four"], "attack"),
    ...node("Neg", ["attack"], "benign"),
    ...node("Concat", ["benign", "attack"], "logits", [attribute("axis", 1)]),
    ...text(2, "word-spotter"),
    ...constant("wanted", INT64, wanted),
    ...constant("eight", FLOAT, float(8)),
    ...constant("four", FLOAT, float(4)),
    ...value(11, "input_ids", INT64, [1, "words"]),
    ...value(12, "logits", FLOAT, [1, 2]),
  ];
  return Buffer.from([...int(1, 8), ...part(7, graph), ...part(8, [...text(1, ""), ...int(2, 13)])]);
};

const WORDS = ["[UNK]", "[CLS]", "[SEP]", "the", "library", "is", "open", "attack"];
export const ATTACK_TOKEN = WORDS.indexOf("attack");

/** `tokenizer.json` of a few whole words. */
export const TOKENIZER = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: { type: "BertProcessing", sep: ["[SEP]", 2], cls: ["[CLS]", 1] },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};

/** The interface of the two packages in plain JavaScript, for what has to be tested where they are not installed. */
export const STAND_INS = {
  "onnxruntime-node": `
    exports.Tensor = class { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } };
    exports.InferenceSession = {
      create: async (path) => {
        const kind = require("node:fs").readFileSync(path, "utf8");
        if (kind === "broken") throw new Error("no such operator");
        return {
          inputNames: kind === "strange" ? ["pixels"] : ["input_ids", "attention_mask"],
          outputNames: ["logits"],
          run: async ({ input_ids }) => {
            if (kind === "endless") for (;;);
            if (kind === "dead") process.exit(1);
            const found = [...input_ids.data].includes(7n);
            const logits = kind === "single" ? [found ? 4 : -4] : kind === "nan" ? [NaN, 1] : found ? [-4, 4] : [4, -4];
            return { logits: { data: Float32Array.from(logits), dims: [1, logits.length] } };
          },
        };
      },
    };`,
  "@huggingface/tokenizers": `
    exports.Tokenizer = class {
      #vocab;
      constructor({ model }) { this.#vocab = model.vocab; }
      encode(text, { add_special_tokens: special = true } = {}) {
        const ids = text.split(/\\s+/).filter((word) => word !== "").map((word) => this.#vocab[word.toLowerCase()] ?? 0);
        return { ids: special ? [1, ...ids, 2] : ids };
      }
    };`,
} as const;
