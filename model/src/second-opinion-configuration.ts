import { z } from "zod";

/** What a second opinion may be asked about. */
export const DOUBTFUL_CATEGORIES = ["prompt_injection", "jailbreak"] as const;
export type DoubtfulCategory = (typeof DOUBTFUL_CATEGORIES)[number];

/** `from` above the certainly harmless, `to` below the certainly hostile: what lies between is asked about. */
const Zone = z
  .strictObject({
    from: z.number().min(0).max(1).default(0.5).describe("Least confidence that is asked about"),
    to: z.number().min(0).max(1).default(0.92).describe("Greatest confidence that is asked about"),
  })
  .refine(({ from, to }) => from <= to, { message: "`from` must not be above `to`", path: ["from"] })
  .prefault({});

const common = {
  zone: z
    .strictObject({ prompt_injection: Zone, jailbreak: Zone })
    .prefault({})
    .describe("Bounds of the grey zone, in the confidence of the detectors of that category"),
  report_from: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .describe("Least confidence of an answer that becomes a match; a lower one takes nothing back"),
  timeoutMs: z
    .int()
    .min(10)
    .max(60_000)
    .default(3_000)
    .describe("Longest wait for one opinion, its turn in the queue included"),
  concurrency: z.int().min(1).max(64).default(4).describe("Questions at once"),
  queueMax: z.int().min(0).max(1_000).default(32).describe("Questions that may wait for their turn"),
  requestsPerMinute: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe("Budget: questions a minute, over all routes; answers that are remembered cost nothing"),
  cacheEntries: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(5_000)
    .describe("Answers that are remembered by a hash of what was asked; 0 remembers none"),
  textUnitsMax: z
    .int()
    .min(200)
    .max(200_000)
    .default(8_000)
    .describe("Longest text that is shown, in UTF-16 units: the doubtful passage in the middle"),
  on_failure: z
    .enum(["ignore", "flag", "unscannable"])
    .default("ignore")
    .describe(
      "When nobody answers (a failure, a timeout, the budget used up): `ignore` leaves it at what the detectors found, `flag` counts as an answer of the zone's upper bound, `unscannable` leaves it to the route's `on_failure`",
    ),
};

const url = z.url({ protocol: /^https?$/ });
const credential = z.string().optional().describe("Bearer token, `${ENV_NAME}` or `file:/path`");
const allowPrivate = z
  .boolean()
  .default(true)
  .describe("Let the address be private or loopback; metadata addresses are always refused");

/** An opinion from elsewhere on texts of which the detectors are unsure. */
export const SecondOpinionConfiguration = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("http"),
      url: url.describe("Where the question is posted as JSON; the form is in docs/second-opinion.md"),
      credential,
      allow_private: allowPrivate,
      ...common,
    })
    .describe("A classifier behind an HTTP endpoint"),
  z
    .strictObject({
      kind: z.literal("judge"),
      url: url.describe("Base URL of an OpenAI-compatible server; `/chat/completions` is added"),
      model: z.string().min(1).max(200).describe("Name of the model"),
      credential,
      allow_private: allowPrivate,
      ...common,
    })
    .describe("A language model that judges, with strict output"),
  z
    .strictObject({
      kind: z.literal("onnx"),
      model: z.string().min(1).describe("Path of the `.onnx` file, a text classifier"),
      tokenizer: z
        .string()
        .min(1)
        .describe("Path of its `tokenizer.json`; `tokenizer_config.json` beside it is read where there is one"),
      packages: z
        .string()
        .default(".")
        .describe("Folder in whose `node_modules` `onnxruntime-node` and `@huggingface/tokenizers` are installed"),
      attack_labels: z
        .array(z.int().nonnegative())
        .min(1)
        .max(100)
        .default([1])
        .describe("Which of the model's outputs mean an attack; their probabilities are added"),
      tokensMax: z.int().min(8).max(8_192).default(512).describe("Longest window that the model reads, in tokens"),
      windowsMax: z.int().min(1).max(64).default(8).describe("Most windows of one text, half overlapping"),
      ...common,
      concurrency: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .describe("Threads, each with the model in its own memory; questions at once"),
    })
    .describe("A classifier that the operator brings, run in worker threads"),
]);
export type SecondOpinionConfiguration = Readonly<z.infer<typeof SecondOpinionConfiguration>>;
