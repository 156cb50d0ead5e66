import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { expect, test } from "vitest";
import { LAYERS } from "../../layers.ts";

const SOURCE = resolve(import.meta.dirname, "..");
const lineOf = (name: string): number => LAYERS.findIndex((line) => line.includes(name));

interface Import {
  readonly file: string;
  readonly from: string;
  readonly specifier: string;
}

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(SOURCE, file), "utf8");
  const specifiers = [
    ...text.matchAll(
      /(?:^|\n)(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g,
    ),
  ];
  return specifiers.map(([, one, other, bare]) => ({
    file,
    from: moduleOf(file),
    specifier: one ?? other ?? bare ?? "",
  }));
};

/** The folder of a file below `src`, or the name of a file that stands there alone. */
const moduleOf = (file: string): string => (file.split(sep)[0] ?? "").replace(/\.ts$/, "");

const FILES = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => relative(SOURCE, join(entry.parentPath, entry.name)));

/** Why an import is not allowed; undefined when it is. */
const wrongWith = ({ file, from, specifier }: Import): string | undefined => {
  if (specifier.startsWith(".")) {
    const target = relative(SOURCE, resolve(SOURCE, file, "..", specifier));
    // The layer table itself stands beside `src`, and tests here hold it.
    if (target === join("..", "layers.ts") && from === "reference") return undefined;
    // Trained weights are data, not code.
    if (target.startsWith(join("..", "..", "models")) && target.endsWith(".json")) return undefined;
    return moduleOf(target) === from && !target.startsWith("..") ? undefined : "leaves its module";
  }
  if (specifier.startsWith("@parapet/"))
    return /^@parapet\/model(\/api)?$/.test(specifier) ? undefined : "is no contract";
  if (!specifier.startsWith("#")) return undefined;
  const name = specifier.slice(1);
  if (name.includes("/")) return "reaches into a module";
  if (lineOf(name) === -1) return "is in no line of the table";
  // `main.ts` starts the command line and stands below everything.
  return from === "main" || lineOf(name) < lineOf(from) ? undefined : "is not on a line above";
};

test("every folder of src is in the layer table, and every module of the table is a folder", () => {
  const folders = readdirSync(SOURCE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(folders.toSorted()).toEqual(LAYERS.slice(1).flat().toSorted());
});

test("every import obeys the layer table", () => {
  const imports = FILES.flatMap(importsOf);
  expect(imports.length).toBeGreaterThan(500);
  const wrong = imports.flatMap((one) => {
    const why = wrongWith(one);
    return why === undefined ? [] : [`${one.file}: ${one.specifier} ${why}`];
  });
  expect(wrong).toEqual([]);
});

test.each([
  ["policy/x.ts", "#pipeline", "is not on a line above"],
  ["policy/x.ts", "#detectors", "is not on a line above"],
  ["policy/x.ts", "#policy", "is not on a line above"],
  ["policy/x.ts", "#platform/fault.ts", "reaches into a module"],
  ["policy/x.ts", "../platform/fault.ts", "leaves its module"],
  ["policy/part/x.ts", "../../platform/fault.ts", "leaves its module"],
  ["policy/x.ts", "../../bin/start.js", "leaves its module"],
  ["policy/x.ts", "#nothing", "is in no line of the table"],
  ["policy/x.ts", "@parapet/console", "is no contract"],
  ["policy/part/x.ts", "../y.ts", undefined],
  ["pipeline/x.ts", "#policy", undefined],
])("%s importing %s: %s", (file, specifier, why) => {
  expect(wrongWith({ file, from: moduleOf(file), specifier })).toBe(why);
});

test("modules are no deeper than module/part/file", () => {
  expect(FILES.filter((file) => file.split(sep).length > 3)).toEqual([]);
});
