import { expect, test } from "vitest";
import { createInspector, DETECTORS } from "#detectors";
import { loadPolicies, type PolicySet } from "#policy";
import { rehearse } from "./rehearse.ts";

test("a rehearsal takes requests, answers and tool calls, whole and streamed, through policy", async () => {
  const loaded = loadPolicies([]);
  if (!loaded.ok) throw new Error("the empty set does not load");
  const asked: string[] = [];
  const policies: PolicySet = {
    ...loaded.set,
    decide: (question) => {
      const origins = question.toolCall?.facts?.origins.map(({ origin }) => origin) ?? [];
      asked.push([question.action, question.streamed ? "streamed" : "whole", ...origins].join(" "));
      return loaded.set.decide(question);
    },
  };
  await rehearse(createInspector(DETECTORS), policies);
  // Of a stream in which nothing is found, only the call is asked about.
  expect(asked).toEqual([
    "request whole",
    "response whole",
    "tool_call whole untrusted user",
    "request streamed",
    "tool_call streamed untrusted user",
  ]);
});
