import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LAYERS } from "../../layers.ts";

const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "ARCHITECTURE.md"), "utf8");

/** The table under the heading "Layers": line number, then module names in code marks. */
const layersOf = (markdown: string): string[][] => {
  const section = /^## Layers\n([\s\S]*?)(?=^## )/m.exec(markdown)?.[1] ?? "";
  return [...section.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].map(([, line, modules = ""], index) => {
    expect(Number(line), "lines are numbered from 0").toBe(index);
    return [...modules.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name);
  });
};

test("ARCHITECTURE.md shows the layers that the lint enforces", () => {
  expect(layersOf(text)).toEqual(LAYERS.map((line) => [...line]));
});

test("a table that differs is noticed", () => {
  const moved = text.replace("`pipeline`", "`pipeline-elsewhere`");
  expect(layersOf(moved)).not.toEqual(LAYERS.map((line) => [...line]));
});
