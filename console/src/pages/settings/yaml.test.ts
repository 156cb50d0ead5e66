import { expect, test } from "vitest";
import { toYaml } from "./yaml.ts";

test.each([
  ["nested keys", { listen: { host: "127.0.0.1", port: 4100 } }, 'listen:\n  host: "127.0.0.1"\n  port: 4100'],
  [
    "lists of maps",
    { routes: [{ id: "a", path: "/v1" }, { id: "b" }] },
    "routes:\n  - id: a\n    path: /v1\n  - id: b",
  ],
  ["empty things", { hosts: [], detectors: {} }, "hosts: []\ndetectors: {}"],
  [
    "words that YAML would read otherwise",
    { a: "no", b: "true", c: "1", d: "x: y" },
    'a: "no"\nb: "true"\nc: "1"\nd: "x: y"',
  ],
])("configuration reads as it would stand in the file: %s", (_name, value, expected) => {
  expect(toYaml(value)).toBe(expected);
});
