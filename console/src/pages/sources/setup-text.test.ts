import { expect, test } from "vitest";
import { configurationFor, setupParts } from "./setup-text.ts";

test("instructions are paragraphs and what is to be copied", () => {
  expect(setupParts("Set `A`.\n\nThen:\n\n```sh\nexport A=1\n\nrun\n```\n\nDone.\n")).toEqual([
    { kind: "words", text: "Set `A`." },
    { kind: "words", text: "Then:" },
    { kind: "code", text: "export A=1\n\nrun" },
    { kind: "words", text: "Done." },
  ]);
  expect(setupParts("")).toEqual([]);
});

test("the configuration names its credential by an environment variable", () => {
  expect(configurationFor("kubernetes-audit")).toContain("credential: ${KUBERNETES_AUDIT_SOURCE_KEY}");
});
