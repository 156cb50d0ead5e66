import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));

test.each(sources)("%s shares no code with the writer: Node's own modules, types and its neighbours only", (name) => {
  const text = readFileSync(`${import.meta.dirname}/${name}`, "utf8");
  const imports = text.matchAll(/^(import|export)\s(type\s)?[^;]*?from "([^"]+)";/gm);
  for (const [, , type, from = ""] of imports) {
    expect(type !== undefined || /^node:|^\.\/[a-z-]+\.ts$/.test(from), from).toBe(true);
  }
  expect(text).not.toMatch(/import\(|require\(/);
});

test("there is a verifier to speak of", () => {
  expect(sources).toContain("verify-log.ts");
});
