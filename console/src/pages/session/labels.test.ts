import type { CallFacts } from "@parapet/model";
import type { ExchangeDetail } from "@parapet/model/api";
import { expect, test } from "vitest";
import { labelSteps } from "./labels.ts";

const exchange = (...flows: readonly Partial<CallFacts["flow"]>[]): ExchangeDetail =>
  ({
    toolCalls: flows.map((flow) => ({
      facts: { flow: { known: true, untrusted: false, classes: [], ...flow } },
    })),
  }) as unknown as ExchangeDetail;

test("labels grow along a session, are said where they entered, and stay where nothing was called", () => {
  const steps = labelSteps([
    exchange({}),
    exchange({ untrusted: true }, { untrusted: true, classes: ["personal"] }),
    exchange(),
    exchange({ untrusted: true, classes: ["personal", "financial"], known: false }),
  ]);
  expect(steps.map(({ added }) => added)).toEqual([
    [],
    ["untrusted content", "personal data"],
    [],
    ["financial data", "parts that nobody saw"],
  ]);
  expect(steps.map(({ untrusted, classes, known }) => [untrusted, classes.length, known])).toEqual([
    [false, 0, true],
    [true, 1, true],
    [true, 1, true],
    [true, 2, false],
  ]);
});
