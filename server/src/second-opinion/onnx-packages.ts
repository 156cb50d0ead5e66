import { readFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

/** What the operator's installation brings; none of it is ours. */
const PACKAGES = ["onnxruntime-node", "@huggingface/tokenizers"] as const;

/** Where in `folder` the packages are, or the line that installs them. */
export const findPackages = (
  folder: string,
):
  | { readonly ok: true; readonly paths: readonly [string, string] }
  | { readonly ok: false; readonly message: string } => {
  const resolve = createRequire(join(folder, "package.json")).resolve;
  const find = (name: string): string | undefined => {
    try {
      return resolve(name);
    } catch {
      return undefined;
    }
  };
  const [runtime, tokenizers] = PACKAGES.map(find);
  if (runtime !== undefined && tokenizers !== undefined) return { ok: true, paths: [runtime, tokenizers] };
  const missing = PACKAGES.filter((name) => find(name) === undefined);
  return {
    ok: false,
    message: `${missing.join(" and ")} cannot be loaded from ${folder}; install with: npm install --prefix ${folder} ${PACKAGES.join(" ")}`,
  };
};

type Tensors = Readonly<Record<string, unknown>>;

interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly run: (feeds: Tensors) => Promise<Tensors>;
}

interface Runtime {
  readonly InferenceSession: {
    readonly create: (path: string, options: { readonly intraOpNumThreads: number }) => Promise<OnnxSession>;
  };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => unknown;
}

interface Tokenizer {
  readonly encode: (text: string, options?: { readonly add_special_tokens: boolean }) => { readonly ids: number[] };
}

interface Tokenizers {
  readonly Tokenizer: new (tokenizer: unknown, configuration: unknown) => Tokenizer;
}

const isFunction = (value: unknown): boolean => typeof value === "function";
const hasCreate = (value: unknown): boolean =>
  (isFunction(value) || (typeof value === "object" && value !== null)) &&
  isFunction(Reflect.get(Object(value), "create"));
const RuntimeModule = z.object({
  InferenceSession: z.custom<Runtime["InferenceSession"]>(hasCreate),
  Tensor: z.custom<Runtime["Tensor"]>(isFunction),
});
const TokenizersModule = z.object({ Tokenizer: z.custom<Tokenizers["Tokenizer"]>(isFunction) });
const CommonJs = z.object({ default: z.unknown() });

/** A package of either kind: what a CommonJS one exports may stand under `default` only. */
const load = async <T>(path: string, shape: z.ZodType<T>): Promise<T> => {
  const module: unknown = await import(pathToFileURL(path).href);
  const direct = shape.safeParse(module);
  return direct.success ? direct.data : shape.parse(CommonJs.parse(module).default);
};

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Runtime, model and tokenizer, ready to be asked. Throws what they throw. */
export const loadModel = async (paths: readonly [string, string], model: string, tokenizerFile: string) => {
  const runtime = await load(paths[0], RuntimeModule);
  const { Tokenizer } = await load(paths[1], TokenizersModule);
  const beside = join(dirname(tokenizerFile), "tokenizer_config.json");
  const tokenizer = new Tokenizer(readJson(tokenizerFile), existsSync(beside) ? readJson(beside) : {});
  // One thread each: how many work at once is the configuration's decision.
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1 });
  return { session, tokenizer, Tensor: runtime.Tensor };
};

export type LoadedModel = Awaited<ReturnType<typeof loadModel>>;
