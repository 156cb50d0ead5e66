import { join } from "node:path";
import type { CoverageSignal, Framework } from "@parapet/model";
import { loadFrameworks } from "#coverage";
import type { Logger } from "#platform";
import type { Rule } from "#rules";
import { readContent } from "./content.ts";

const SHIPPED = join(import.meta.dirname, "..", "..", "..", "frameworks");

/** The lists of attacks that ship. */
export const readFrameworks = (logger: Logger): readonly Framework[] => {
  const { frameworks, diagnostics } = loadFrameworks(readContent([SHIPPED], SHIPPED, [".yml"]));
  if (diagnostics.length > 0) logger.error({ diagnostics }, "a list of attacks cannot be read");
  return frameworks;
};

/** What each rule in force needs to fire. */
export const ruleSignals = (rules: readonly Rule[]): readonly CoverageSignal[] =>
  rules
    .filter(({ status }) => status !== "deprecated" && status !== "unsupported")
    .map(({ key, title, tags, logsource }) => ({
      id: key,
      title,
      tags: [...tags],
      sources: logsource.product === "ai" ? [logsource.service === "audit" ? "audit" : "gateway"] : [],
    }));
