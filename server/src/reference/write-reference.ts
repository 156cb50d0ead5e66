// Writes docs/reference anew: node --conditions=source server/src/reference/write-reference.ts
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { referenceFiles } from "./reference-files.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(root, "server", "package.json"), "utf8")));

for (const { path, text } of referenceFiles(version)) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
