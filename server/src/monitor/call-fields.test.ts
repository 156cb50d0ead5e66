import type { CallFacts, ToolCall } from "@parapet/model";
import { expect, test } from "vitest";
import { callFields } from "./call-fields.ts";

const facts: CallFacts = {
  server: "",
  effects: ["write", "communicate"],
  basis: "inferred",
  pin: "new",
  scope: { declared: true, violations: ["host"] },
  flow: {
    known: true,
    user: true,
    untrusted: true,
    classes: ["personal"],
    asked: false,
    target: "untrusted",
    content: "user",
  },
  limits: { exceeded: ["mails-a-day"] },
  steps: { count: 1, repeats: 0, unexpected: false, forbidden: false, paused: false },
  origins: [
    { path: "/to", role: "recipient", origin: "untrusted", segment: 2 },
    { path: "/cc", role: "recipient", origin: "untrusted", segment: 2 },
    { path: "/text", origin: "user" },
  ],
  reasons: [],
};
const held: ToolCall = {
  id: "a",
  name: "send_mail",
  segment: 4,
  facts,
  decision: { action: "hold", would: "hold", policy: "p" },
};

test("rules may ask for a call's decision, effect and target at once, and for each fact of it", () => {
  const fields = callFields([held, { ...held, id: "b" }, { id: "c", name: "now", segment: 5 }]);
  expect(fields.tools).toEqual(["send_mail", "now"]);
  expect(fields.called).toEqual(["hold/write/untrusted", "hold/communicate/untrusted"]);
  expect(fields.calls).toHaveLength(3);
  expect(fields.calls[0]).toMatchObject({
    decision: "hold",
    policy: "p",
    violations: ["host"],
    exceeded: ["mails-a-day"],
    origins: ["recipient/untrusted", "other/user"],
  });
  expect(fields.calls[2]).toEqual({ name: "now", decision: "", would: "", policy: "" });
});
