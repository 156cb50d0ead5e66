import { Configuration } from "@parapet/model";
import { expect, test } from "vitest";
import { checkMetrics } from "./check-gateway.ts";

test.each([
  [{}, "ok"],
  [{ listen: { host: "0.0.0.0" } }, "attention"],
  [{ listen: { host: "0.0.0.0" }, metrics: { credential: "${TOKEN}" } }, "ok"],
  [{ listen: { host: "0.0.0.0" }, metrics: { listen: { port: 4101 } } }, "ok"],
  [{ metrics: { listen: { host: "10.0.0.5", port: 4101 } } }, "attention"],
  [{ metrics: { credential: "${TOKEN}", listen: { host: "10.0.0.5", port: 4101 } } }, "ok"],
])("whether strangers may read the metrics of %j: %s", (settings, word) => {
  const configuration = Configuration.parse(settings);
  expect(checkMetrics({ configuration, file: undefined, base: "." }).word).toBe(word);
});
