import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { loadModel, type LoadedModel } from "./onnx-packages.ts";
import { frameOf, tokenWindows } from "./token-windows.ts";

const Setup = z.object({
  paths: z.tuple([z.string(), z.string()]),
  model: z.string(),
  tokenizer: z.string(),
  attackLabels: z.array(z.int()),
  tokensMax: z.int(),
  windowsMax: z.int(),
});
/** What each thread is started with. */
export type OnnxSetup = z.infer<typeof Setup>;

const Question = z.object({ id: z.int(), text: z.string() });

const LABELS_MAX = 100;
const Output = z.object({ data: z.instanceof(Float32Array) });

const exponentials = (logits: readonly number[]): number[] => {
  const greatest = Math.max(...logits);
  return logits.map((logit) => Math.exp(logit - greatest));
};

/** Of one output a sigmoid, of several a softmax. */
const attackChance = (logits: readonly number[], labels: readonly number[]): number => {
  const [only = 0] = logits;
  if (logits.length === 1) return 1 / (1 + Math.exp(-only));
  const chances = exponentials(logits);
  const sum = chances.reduce((a, b) => a + b, 0);
  return Math.min(1, labels.reduce((total, label) => total + (chances[label] ?? 0), 0) / sum);
};

const scoreWindow = async (
  { session, Tensor }: LoadedModel,
  window: readonly number[],
  labels: readonly number[],
): Promise<number> => {
  const tensorOf = (of: (id: number) => bigint): unknown =>
    new Tensor("int64", BigInt64Array.from(window, of), [1, window.length]);
  const made: Readonly<Record<string, () => unknown>> = {
    input_ids: () => tensorOf((id) => BigInt(id)),
    attention_mask: () => tensorOf(() => 1n),
    token_type_ids: () => tensorOf(() => 0n),
  };
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      const make = made[name];
      if (make === undefined) throw new TypeError(`the model has an input "${name}" that a text classifier has not`);
      return [name, make()];
    }),
  );
  const outputs = await session.run(feeds);
  const name = session.outputNames.includes("logits") ? "logits" : (session.outputNames[0] ?? "");
  const logits = [...Output.parse(outputs[name]).data];
  if (logits.length === 0 || logits.length > LABELS_MAX || !logits.every(Number.isFinite))
    throw new TypeError("the model's output is not one number per label");
  if (logits.length > 1 && labels.some((label) => label >= logits.length))
    throw new TypeError(`the model has ${logits.length} labels, and attack_labels names one beyond them`);
  return attackChance(logits, labels);
};

const score = async (loaded: LoadedModel, text: string, setup: OnnxSetup): Promise<number> => {
  const bare = loaded.tokenizer.encode(text, { add_special_tokens: false }).ids;
  const frame = frameOf(loaded.tokenizer.encode(text).ids, bare);
  let highest = 0;
  for (const window of tokenWindows(bare, frame, setup))
    highest = Math.max(highest, await scoreWindow(loaded, window, setup.attackLabels));
  return highest;
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);

const run = async (setup: OnnxSetup): Promise<void> => {
  const loaded = await loadModel(setup.paths, setup.model, setup.tokenizer);
  parentPort?.on("message", (message: unknown) => {
    const { id, text } = Question.parse(message);
    score(loaded, text, setup).then(
      (confidence) => parentPort?.postMessage({ kind: "answer", id, confidence }),
      (error: unknown) => parentPort?.postMessage({ kind: "failure", id, reason: wordsOf(error) }),
    );
  });
  parentPort?.postMessage({ kind: "ready" });
};

const setup = Setup.safeParse(workerData);
if (setup.success)
  run(setup.data).catch((error: unknown) => parentPort?.postMessage({ kind: "broken", reason: wordsOf(error) }));
