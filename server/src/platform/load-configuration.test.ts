import { Configuration } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loadYaml, nearest, resolveSecret, toJsonSchema } from "./index.ts";

const problems = (text: string) => {
  const result = loadYaml(text, "parapet.yaml", Configuration);
  if (result.ok) throw new Error("was accepted");
  return result.diagnostics;
};

const route = "routes:\n  - id: a\n    path: /v1\n    protocol: openai\n    upstream: https://api.example.com/v1\n";

test("a file that says little gets the defaults", () => {
  expect(loadYaml(route, "parapet.yaml", Configuration)).toMatchObject({
    ok: true,
    value: { listen: { port: 4100 }, routes: [{ mode: "observe" }] },
  });
  expect(loadYaml("", "parapet.yaml", Configuration)).toMatchObject({ ok: true, value: { routes: [] } });
});

describe("problems carry their place and the fix", () => {
  test.each([
    [
      "an unknown key",
      `${route}    upstraem: x\n`,
      6,
      5,
      'unknown key "upstraem" in routes[0]',
      'did you mean "upstream"?',
    ],
    ["an unknown key at the top", "listn: {}\n", 1, 1, 'unknown key "listn"', 'did you mean "listen"?'],
    [
      "an unknown key of other case",
      `${route}    onFailure: open\n`,
      6,
      5,
      'unknown key "onFailure" in routes[0]',
      'did you mean "on_failure"?',
    ],
    [
      "a wrong type",
      "listen:\n  port: many\n",
      2,
      9,
      "listen.port: Invalid input: expected number, received string",
      undefined,
    ],
    [
      "a value outside the list",
      `${route}    mode: enforced\n`,
      6,
      11,
      "routes[0].mode: must be one of observe, enforce",
      'did you mean "enforce"?',
    ],
    ["a key twice", "data: a\ndata: b\n", 2, 1, "Map keys must be unique", "keep one of the two"],
    [
      "a missing field",
      "routes:\n  - id: a\n    path: /v1\n",
      2,
      5,
      "routes[0].protocol: must be one of openai, anthropic, bedrock, gemini, ollama, azure-openai, inference-v2, litellm-guardrail, agentgateway-guardrail, mcp, a2a, demo",
      undefined,
    ],
    [
      "a reserved path",
      route.replace("/v1\n    protocol", "/api/x\n    protocol"),
      3,
      11,
      "routes[0].path: is reserved; choose a path outside",
      undefined,
    ],
  ])("%s", (_, text, line, column, message, fix) => {
    const [first] = problems(text);
    expect(first).toMatchObject({
      level: "error",
      file: "parapet.yaml",
      line,
      column,
      message: expect.stringContaining(message),
    });
    expect(first?.fix).toBe(fix);
  });

  test("broken YAML", () => {
    expect(problems("routes: [\n")[0]).toMatchObject({ level: "error", line: expect.any(Number) });
  });

  test("all problems of a file are named, not only the first", () => {
    expect(problems("listn: {}\ndata: 5\n").length).toBe(2);
  });

  test("a bomb of aliases is refused", () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(",")}]`,
    );
    expect(problems(`l0: &l0 x\n${levels.join("\n")}\n`).length).toBeGreaterThan(0);
  });
});

test("references to the environment are not expanded by loading", () => {
  const result = loadYaml("key: ${HOME}\n", "x.yaml", z.strictObject({ key: z.string() }));
  expect(result).toEqual({ ok: true, value: { key: "${HOME}" } });
});

test.each([
  ["${KEY}", { ok: true, value: "abc" }],
  ["${NONE}", { ok: false, message: "the environment variable NONE is not set" }],
  ["${EMPTY}", { ok: false, message: "the environment variable EMPTY is empty" }],
  [
    "${SPLIT}",
    { ok: false, message: "the environment variable SPLIT holds white space or characters that no header may carry" },
  ],
  ["file:/key", { ok: true, value: "from-file" }],
  ["file:/missing", { ok: false, message: "/missing cannot be read (ENOENT)" }],
])("resolves %s", (reference, expected) => {
  const env = { KEY: "abc", EMPTY: "", SPLIT: "a\r\nx: y" };
  const read = (path: string): string => {
    if (path === "/key") return "from-file\n";
    throw Object.assign(new Error("no"), { code: "ENOENT" });
  };
  expect(resolveSecret(reference, env, read)).toEqual(expected);
});

test("a literal secret is refused without being repeated", () => {
  const result = resolveSecret("sk-very-secret", {}, () => "");
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).not.toContain("very-secret");
});

test.each([
  ["moed", ["mode", "model"], "mode"],
  ["xyz", ["mode", "model"], undefined],
  ["bodybytesmax", ["bodyBytesMax", "depthMax"], "bodyBytesMax"],
])("nearest to %s", (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});

test("the JSON Schema carries the descriptions and allows fields with defaults to be left out", () => {
  expect(toJsonSchema(Configuration)).toMatchObject({
    properties: { data: { description: expect.any(String) } },
    additionalProperties: false,
  });
  expect(toJsonSchema(Configuration)["required"] ?? []).not.toContain("data");
});
