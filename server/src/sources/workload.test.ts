import { expect, it } from "vitest";
import { workloadOf } from "./workload.ts";

it.each([
  [{ namespace: "agents", owner: "billing" }, "agents/billing"],
  [{ namespace: "agents", replicaSet: "billing-7d9f6c5b4" }, "agents/billing"],
  [{ namespace: "agents", pod: "billing-7d9f6c5b4-x2x8k" }, "agents/billing"],
  [{ namespace: "agents", owner: "billing", pod: "other-7d9f6c5b4-x2x8k" }, "agents/billing"],
  [{ namespace: "ml", pod: "train-0" }, undefined],
  [{ namespace: undefined, owner: "billing" }, undefined],
])("names the workload of %j", (place, workload) => {
  expect(workloadOf(place)).toBe(workload);
});
