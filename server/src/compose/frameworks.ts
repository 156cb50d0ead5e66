import { join } from "node:path";
import type { CoverageSignal, Framework } from "@parapet/model";
import { loadFrameworks } from "#coverage";
import type { Logger } from "#platform";
import { BEHAVIOUR_RULES } from "#monitor";
import { bindingsOf, type RuleSet } from "#rules";
import { SOURCES } from "#sources";
import { readContent } from "./content.ts";
import type { LoadedConfiguration } from "./load-configuration.ts";
import { readSourceMappings } from "./source-mappings.ts";

const SHIPPED = join(import.meta.dirname, "..", "..", "..", "frameworks");

/** The lists of attacks that ship. */
export const readFrameworks = (logger: Logger): readonly Framework[] => {
  const { frameworks, diagnostics } = loadFrameworks(readContent([SHIPPED], SHIPPED, [".yml"]));
  if (diagnostics.length > 0) logger.error({ diagnostics }, "a list of attacks cannot be read");
  return frameworks;
};

const isRun = ({ status }: { readonly status: string }): boolean => status !== "deprecated" && status !== "unsupported";

/** What each rule and correlation in force needs to fire. */
export const ruleSignals = (set: RuleSet): readonly CoverageSignal[] => {
  const sourcesOf = new Map(
    set.rules.map(({ key, logsource }) => [key, bindingsOf(logsource, set.bindings).map(({ source }) => source)]),
  );
  const isHeard = (one: { readonly key: string; readonly status: string }): boolean =>
    isRun(one) && set.reports(one.key);
  const rules = set.rules
    .filter(isHeard)
    .map(({ key, title, tags }) => signalOf(key, title, tags, sourcesOf.get(key) ?? []));
  const correlations = set.correlations.filter(isHeard).map((one) =>
    signalOf(
      one.key,
      one.title,
      one.tags,
      set.reachOf(one).rules.flatMap((key) => sourcesOf.get(key) ?? []),
    ),
  );
  return [...rules, ...correlations];
};

const signalOf = (id: string, title: string, tags: readonly string[], sources: readonly string[]): CoverageSignal => ({
  id,
  title,
  tags: [...tags],
  sources: [...new Set(sources)],
});

/** What is watched over time rather than by a rule. */
export const behaviourSignals = (): readonly CoverageSignal[] =>
  BEHAVIOUR_RULES.map(({ rule, title, tags }) => signalOf(rule, title, tags, BEHAVIOUR_SOURCES));

/** Aggregates are made of exchanges and of what tells of models. */
const BEHAVIOUR_SOURCES = ["gateway", "otlp", "litellm", "langfuse", "bedrock-invocation", "predictions"];

/** Sources that could be connected here. */
export const knownSources = (
  loaded: Pick<LoadedConfiguration, "configuration" | "base">,
): readonly { readonly id: string; readonly title: string }[] => [
  { id: "gateway", title: "Parapet's gateway" },
  { id: "audit", title: "Parapet's own audit" },
  ...[...SOURCES, ...readSourceMappings(loaded).sources].map(({ id, title }) => ({ id, title })),
];
