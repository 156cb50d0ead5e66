import { FindingStatus, Severity } from "@parapet/model";
import { expect, test } from "vitest";
import { parseFlag } from "./flags.ts";

test.each([
  [
    Severity,
    "hihg",
    "--severity",
    '--severity hihg: did you mean "high"? it must be one of informational, low, medium,',
  ],
  [FindingStatus, "zzz", "--status", "--status zzz: it must be one of new, triaged, in_progress, resolved,"],
])("a value that is none of the words names them, and the nearest", (schema, value, flag, says) => {
  expect(() => parseFlag<string>(schema, value, flag)).toThrow(says);
});
