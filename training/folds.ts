import type { Encoded } from "./encode.ts";
import { areaUnderCurve, recallAtFpr } from "../server/src/cli/evaluation/figures.ts";
import type { Row } from "./rows.ts";

const FAMILIES: Readonly<Record<string, (source: string) => boolean>> = {
  bipia: (source) => source === "bipia",
  constructed: (source) => source.startsWith("constructed"),
  deepset: (source) => source === "deepset",
  garak: (source) => source.startsWith("garak"),
  hackaprompt: (source) => source.startsWith("hackaprompt"),
};
const BENIGN_GROUPS: readonly (readonly string[])[] = [
  ["banking77", "docs_train_md", "ifeval", "mcp_servers_tools", "xquad"],
  ["docs_train_code", "self_instruct", "ultrachat_user", "sgd_tools", "sgd_dialogues"],
];
const ROWS_PER_SOURCE = 300;

interface FoldFigures {
  readonly family: string;
  readonly auc: number;
  readonly recall: number;
}

type Fit = (train: readonly Encoded[]) => (encoded: Encoded) => number;

/** Each family of attacks left out in turn, with each half of the benign sources. */
export const runFolds = (pool: readonly Encoded[], own: readonly Encoded[], fit: Fit): FoldFigures[] =>
  Object.entries(FAMILIES).map(([family, isLeft]) => {
    const results = BENIGN_GROUPS.map((group) => {
      const left = (row: Row): boolean => isLeft(row.source) || group.includes(row.source);
      const score = fit([...pool.filter(({ row }) => !left(row)), ...own]);
      const taken = new Map<string, number>();
      const test = pool.filter(({ row }) => {
        if (!left(row) || row.obfuscated || row.turns) return false;
        if (!group.includes(row.source)) return true;
        const count = (taken.get(row.source) ?? 0) + 1;
        taken.set(row.source, count);
        return count <= ROWS_PER_SOURCE;
      });
      const positive = test.filter(({ row }) => row.label === 1).map(score);
      const negative = test.filter(({ row }) => row.label === 0).map(score);
      return { auc: areaUnderCurve(positive, negative), recall: recallAtFpr(positive, negative, 0.01) };
    });
    const mean = (of: (one: { auc: number; recall: number }) => number): number =>
      results.reduce((sum, one) => sum + of(one), 0) / results.length;
    return { family, auc: mean((one) => one.auc), recall: mean((one) => one.recall) };
  });
