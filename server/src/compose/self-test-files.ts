import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Configuration, Diagnostic } from "@parapet/model";
import { Baseline, readCorpus, type Corpus } from "#self-test";
import { readContent } from "./content.ts";

const SHIPPED = join(import.meta.dirname, "..", "..", "..", "self-test");
const WRITE_ANEW = "write it anew with `parapet self-test --write-baseline`";

/** The installation's own baseline, over the one beside the rows. */
export const ownBaseline = (dataDirectory: string): string => join(dataDirectory, "self-test-baseline.json");

/** In the order in which they hold. */
export const baselinePaths = (dataDirectory: string, folder: string): readonly string[] => [
  ownBaseline(dataDirectory),
  join(folder, "baseline.json"),
];

export const folderOf = ({ self_test: { folder } }: Configuration, base: string): string =>
  folder === undefined ? SHIPPED : resolve(base, folder);

export const readRows = (folder: string): Corpus => readCorpus(readContent([folder], folder, [".jsonl"]));

interface FoundBaseline {
  readonly baseline?: Baseline;
  readonly diagnostics: readonly Diagnostic[];
}

/** The first that was measured on these rows: figures of other rows say nothing. Each that is passed over is told. */
export const readBaseline = (paths: readonly string[], corpus: string): FoundBaseline => {
  const diagnostics: Diagnostic[] = [];
  for (const path of paths.filter((one) => existsSync(one))) {
    const parsed = parseBaseline(path);
    if (parsed?.corpus === corpus) return { baseline: parsed, diagnostics };
    const message =
      parsed === undefined
        ? "this baseline of the self-test is not in form"
        : `this baseline was measured on other rows (${parsed.corpus}, not ${corpus})`;
    diagnostics.push({ level: "warning", file: path, message, fix: WRITE_ANEW });
  }
  return { diagnostics };
};

const parseBaseline = (path: string): Baseline | undefined => {
  try {
    return Baseline.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
};

/** What is wrong with the rows and baselines that the configuration names. */
export const checkSelfTest = (configuration: Configuration, base: string): readonly Diagnostic[] => {
  const folder = folderOf(configuration, base);
  const { rows, digest, diagnostics } = readRows(folder);
  const nothing: Diagnostic = {
    level: "error",
    file: folder,
    message: "holds no row of the self-test",
    fix: "name a folder with rows in `self_test.folder`, or leave the key out",
  };
  return [
    ...(rows.length === 0 ? [nothing] : []),
    ...diagnostics,
    ...readBaseline(baselinePaths(configuration.data, folder), digest).diagnostics,
  ];
};
