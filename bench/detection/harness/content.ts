import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LogSource, type LogSourceBinding } from "@parapet/model";
import * as ruleParts from "@parapet/server/rules";
import { loadMappings, SOURCE_BINDINGS, SOURCES, type Source } from "@parapet/server/sources";
import { z } from "zod";

const root = join(import.meta.dirname, "..", "..", "..");

const filesOf = (folder: string): { path: string; text: string }[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(root, folder, name), "utf8") }));

const Bindings = z.array(
  z.object({
    logsource: LogSource,
    source: z.string(),
    kinds: z.array(z.string()).exactOptional(),
    fields: z.array(z.string()).exactOptional(),
  }),
);

const mappings = loadMappings(filesOf("sources"));

/** Every source, built in or mapped. */
export const CATALOGUE: readonly Source[] = [...SOURCES, ...mappings.sources];

const bindings: readonly LogSourceBinding[] = [
  ...("DEFAULT_BINDINGS" in ruleParts ? Bindings.parse(ruleParts.DEFAULT_BINDINGS) : []),
  ...SOURCE_BINDINGS,
  ...mappings.sources.flatMap((source) => source.bindings),
];

type Load = (
  files: readonly { path: string; text: string }[],
  bindings: readonly LogSourceBinding[],
) => ReturnType<typeof ruleParts.loadRules>;

/** The shipped rules, over all sources. */
export const loadPack = (): ReturnType<Load> => {
  const load: Load = ruleParts.loadRules;
  return load(filesOf("rules"), bindings);
};
