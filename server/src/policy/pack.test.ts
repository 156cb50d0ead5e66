import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadPolicies, POLICY_SCHEMA } from "./index.ts";

const folder = join(import.meta.dirname, "../../../policies");
const files = readdirSync(folder).map((name) => ({
  path: `policies/${name}`,
  text: readFileSync(join(folder, name), "utf8"),
}));
const loaded = loadPolicies(files);

test("the default pack loads without a single diagnostic", () => {
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.ok).toBe(true);
});

test("every case of the default pack holds", () => {
  const results = loaded.ok ? loaded.set.test() : [];
  expect(results.length).toBeGreaterThan(40);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
});

test("every shipped policy has a case in which it acts and one in which it does not", () => {
  const results = loaded.ok ? loaded.set.test() : [];
  for (const { id, action } of loaded.ok ? loaded.set.policies : []) {
    const expected = new Set(results.filter(({ policy }) => policy === id).map(({ actual }) => actual.split(" ")[0]));
    expect([id, expected.has(action), expected.has("allow")]).toEqual([id, true, true]);
  }
});

test("the policies of the masking example load, and their cases hold", () => {
  const example = join(import.meta.dirname, "../../../examples/masking/policies");
  const set = loadPolicies(
    readdirSync(example).map((name) => ({ path: name, text: readFileSync(join(example, name), "utf8") })),
  );
  expect(set.diagnostics).toEqual([]);
  const results = set.ok ? set.set.test() : [];
  expect(results.length).toBeGreaterThan(4);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
});

test("the schema for editors is the schema in force", () => {
  expect(readFileSync(join(folder, "parapet.cedarschema"), "utf8")).toBe(POLICY_SCHEMA);
});

test("the manual names every attribute that policies may read", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/policies.md"), "utf8");
  const names = [
    "confidence",
    "count",
    "from",
    "types",
    "unscannable",
    "session.risk",
    "session.known",
    "mode",
    "tool.name",
    "streamed",
    "agent",
    "key",
  ];
  for (const name of names) expect(manual).toContain(`context.${name}`);
  for (const name of ["principal.id", "principal.groups", "resource.id", "resource.protocol", "resource.model"])
    expect(manual).toContain(name);
});

test("the recipes of the manual load", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/policies.md"), "utf8");
  const recipes = [...manual.matchAll(/```cedar\n([^`]*)```/g)].map(([, text]) => text ?? "");
  expect(recipes.length).toBeGreaterThan(2);
  const errors = loadPolicies([{ path: "recipes.cedar", text: recipes.join("\n") }]).diagnostics;
  expect(errors.filter(({ level }) => level === "error")).toEqual([]);
});
