import { describe, expect, test } from "vitest";
import { argumentsOf } from "./arguments.ts";

describe("the arguments of a call", () => {
  test("are told one by one, each with where it comes from", () => {
    const origin = { path: "/to/0", role: "recipient", origin: "untrusted", tool: "read_mail" } as const;
    expect(argumentsOf('{"to":["eve@x.example"],"a/b":{"n":1.50,"none":null,"empty":[]}}', [origin])).toEqual([
      { path: "/to/0", name: "to.0", value: "eve@x.example", origin },
      { path: "/a~1b/n", name: "a/b.n", value: "1.5", origin: undefined },
      { path: "/a~1b/none", name: "a/b.none", value: "null", origin: undefined },
      { path: "/a~1b/empty", name: "a/b.empty", value: "[]", origin: undefined },
    ]);
    expect(argumentsOf("{}", [])).toEqual([]);
  });

  test.each([
    ["text", "no json"],
    ["a bare value", '"x"'],
    ["too many", JSON.stringify(Array.from({ length: 400 }, (_, at) => at))],
    ["too deep", `${'{"a":'.repeat(30)}1${"}".repeat(30)}`],
  ])("that are %s are shown as they are instead", (_name, text) => {
    expect(argumentsOf(text, [])).toBeUndefined();
  });
});
