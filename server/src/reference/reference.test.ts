import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Configuration } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DETECTORS } from "#detectors";
import { toJsonSchema } from "#platform";
import { faultReference } from "./fault-reference.ts";
import { referenceFiles } from "./reference-files.ts";
import { schemaRows } from "./schema-rows.ts";
import { versionAt } from "./write-reference.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const REMEDY = "run: node --conditions=source server/src/reference/write-reference.ts";

describe("the generated reference", () => {
  test.each(referenceFiles(versionAt(root), root))("$path says what the sources say", ({ path, text }) => {
    expect(existsSync(join(root, path)), `${path} is missing; ${REMEDY}`).toBe(true);
    expect(read(path) === text, `${path} is stale; ${REMEDY}`).toBe(true);
  });

  test("every fault stands in docs/gateway.md with its status and sentence", () => {
    expect(read("docs/gateway.md")).toContain(faultReference());
  });
});

describe("everything that can be configured is described", () => {
  const undescribed = (schema: z.ZodType): string[] =>
    schemaRows(toJsonSchema(schema))
      .filter(({ description }) => description === "")
      .map(({ key }) => key);

  test("every key of parapet.yaml", () => {
    expect(undescribed(Configuration)).toEqual([]);
  });
  test.each(DETECTORS.map(({ id, settings }) => ({ id, settings })))("every setting of $id", ({ settings }) => {
    expect(undescribed(settings)).toEqual([]);
  });
});

describe("tables of keys", () => {
  test("name nested keys by their path and show type, bounds, default and need", () => {
    const schema = z.strictObject({
      size: z.int().positive().default(3).describe("How many"),
      items: z
        .array(
          z.strictObject({
            name: z.string().describe("Its name"),
            kind: z.enum(["a", "b"]).optional().describe("Its kind"),
          }),
        )
        .describe("What"),
    });
    expect(schemaRows(toJsonSchema(schema))).toEqual([
      { key: "size", type: "integer from 1", fallback: "`3`", description: "How many" },
      { key: "items", type: "list of object", fallback: "needed", description: "What" },
      { key: "items[].name", type: "string", fallback: "needed", description: "Its name" },
      { key: "items[].kind", type: "`a`, `b`", fallback: "", description: "Its kind" },
    ]);
  });
});

const PASSED_OVER = new Set(["node_modules", "dist", "data", "coverage"]);

const markdownBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name.startsWith(".") || PASSED_OVER.has(entry.name) ? [] : markdownBelow(path);
    return entry.isFile() && entry.name.endsWith(".md") ? [path] : [];
  });

/** Text in which links count: what stands in code is shown, not linked. */
const withoutCode = (text: string): string =>
  text.replaceAll(/^(`{3,})[\s\S]*?^\1\s*$/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** As forges make anchors of headings. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.replaceAll(/^(`{3,})[\s\S]*?^\1\s*$/gm, "").matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );

/** Screenshots are made by a script from the running console; before its first run there is no folder of them. */
const isScreenshotToCome = (target: string): boolean =>
  /(^|\/)images\/[\w-]+\.png$/.test(target) && !existsSync(join(root, "docs", "images"));

const brokenLinks = (path: string): string[] =>
  [...withoutCode(readFileSync(path, "utf8")).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target) && !isScreenshotToCome(target))
    .filter((target) => {
      const [file = "", anchor] = target.split("#");
      const full = file === "" ? path : join(dirname(path), file);
      if (!existsSync(full)) return true;
      return anchor !== undefined && full.endsWith(".md") && !anchorsOf(readFileSync(full, "utf8")).has(anchor);
    });

test("every relative link in the documentation leads to a file, and to a heading where it names one", () => {
  const files = markdownBelow(root);
  expect(files.length).toBeGreaterThan(10);
  const broken = files.flatMap((path) => brokenLinks(path).map((target) => `${relative(root, path)}: ${target}`));
  expect(broken).toEqual([]);
});
