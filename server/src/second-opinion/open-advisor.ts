import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { SecondOpinionConfiguration } from "@parapet/model";
import { guardUrl, isLoopback } from "#platform";
import { createHttpAdvisor } from "./http-advisor.ts";
import { createJudgeAdvisor } from "./judge-advisor.ts";
import { createOnnxAdvisor } from "./onnx-advisor.ts";
import { findPackages } from "./onnx-packages.ts";
import type { Advisor } from "./opinion.ts";

export type OpenedAdvisor =
  | { readonly ok: true; readonly advisor: Advisor }
  | { readonly ok: false; readonly message: string };

/**
 * The advisor that the configuration names; nothing is asked yet.
 *
 * @param credential the value behind `credential`
 * @param base folder against which relative paths are read
 */
export const openAdvisor = (
  settings: SecondOpinionConfiguration,
  credential: string | undefined,
  base: string,
): OpenedAdvisor => {
  if (settings.kind === "onnx") return openOnnx(settings, base);
  const { url, allow_private: allowPrivate, timeoutMs } = settings;
  const guarded = guardUrl(url, { allowPrivate });
  if (!guarded.ok) return { ok: false, message: `second_opinion.url: ${guarded.refusal.message}` };
  const { hostname, host } = guarded.url;
  const isLocal = isLoopback(hostname);
  const endpoint = { url, credential, allowPrivate, timeoutMs };
  return {
    ok: true,
    advisor:
      settings.kind === "judge"
        ? createJudgeAdvisor(endpoint, settings.model, { name: settings.model, isLocal })
        : createHttpAdvisor(endpoint, { name: host, isLocal }),
  };
};

const openOnnx = (
  settings: Extract<SecondOpinionConfiguration, { readonly kind: "onnx" }>,
  base: string,
): OpenedAdvisor => {
  const packages = findPackages(resolve(base, settings.packages));
  if (!packages.ok) return { ok: false, message: `second_opinion.packages: ${packages.message}` };
  const model = resolve(base, settings.model);
  const tokenizer = resolve(base, settings.tokenizer);
  for (const [key, path] of [
    ["model", model],
    ["tokenizer", tokenizer],
  ] as const)
    if (!existsSync(path)) return { ok: false, message: `second_opinion.${key}: there is no file ${path}` };
  const { attack_labels: attackLabels, tokensMax, windowsMax, concurrency } = settings;
  const paths: [string, string] = [...packages.paths];
  const setup = { paths, model, tokenizer, attackLabels, tokensMax, windowsMax };
  return { ok: true, advisor: createOnnxAdvisor(setup, concurrency, basename(model)) };
};
