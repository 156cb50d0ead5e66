import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { faultReference } from "./fault-reference.ts";
import { referenceFiles } from "./reference-files.ts";

/** Version of the server package in the repository at `root`. */
export const versionAt = (root: string): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, "server", "package.json"), "utf8")))
    .version;

/** A text with the table between its marks made anew; everything else is written by people. */
const withFaults = (text: string): string =>
  text.replace(
    /(<!-- faults: [^\n]*-->\n)[\s\S]*?(\n<!-- \/faults -->)/,
    (_, begin: string, end: string) => begin + faultReference() + end,
  );

/** Writes every generated file below `root` anew, and the table of faults in docs/gateway.md. */
const writeReference = (root: string): void => {
  for (const { path, text } of referenceFiles(versionAt(root), root)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const gateway = join(root, "docs", "gateway.md");
  writeFileSync(gateway, withFaults(readFileSync(gateway, "utf8")));
};

// node --conditions=source server/src/reference/write-reference.ts
if (import.meta.main) writeReference(join(import.meta.dirname, "..", "..", ".."));
