import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Words of all languages by the English word that they stand for. One file a language, a line each:
 * `english<TAB>word word stem*`.
 *
 * @throws Error naming file and line of what is no such line
 */
export const readPivots = (folder: string): string[][] => {
  const pivots = new Map<string, string[]>();
  for (const file of readdirSync(folder).toSorted())
    for (const [index, line] of readFileSync(join(folder, file), "utf8").trimEnd().split("\n").entries()) {
      const [pivot = "", words = "", ...rest] = line.split("\t");
      if (pivot === "" || words === "" || rest.length > 0)
        throw new Error(`${file}:${index + 1}: a line is an English word, a tab and its counterparts`);
      pivots.set(pivot, [...(pivots.get(pivot) ?? []), ...words.split(" ")]);
    }
  return [...pivots].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, words]) => [...new Set(words)]);
};
