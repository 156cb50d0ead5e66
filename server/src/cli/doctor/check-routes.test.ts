import { Configuration } from "@parapet/model";
import { expect, test } from "vitest";
import { checkCoverage } from "./check-routes.ts";

const told = (route: Readonly<Record<string, unknown>>): string => {
  const whole = { id: "r", path: "/r", protocol: "openai", upstream: "http://127.0.0.1:1", mode: "enforce", ...route };
  const configuration = Configuration.parse({ routes: [whole] });
  return checkCoverage({ configuration, file: undefined, base: "." })
    .map(({ word, what }) => `${word}: ${what}`)
    .join("\n");
};

test.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
  ["which endpoints are read", { protocol: "ollama" }, /ok: POST \/api\/chat, .*every text of requests/],
  [
    "how many, where they are many",
    { protocol: "azure-openai" },
    /ok: [0-9]+ endpoints \(docs\/protocols\/azure-openai\.md\)/,
  ],
  ["that documents are read", {}, /PDF, office and text documents/],
  ["what is denied for a reason", {}, /other endpoints \(realtime sessions\) are denied/],
  ["what passes unread", {}, /attention: passes uninspected.*images, audio, video, documents that cannot be read/],
  ["what of it", { unscannable: { default: "block", image: "allow" } }, /recorded so: images$/m],
  ["that nothing does", { unscannable: "block" }, /ok: what cannot be read .* is refused/],
  ["that nothing is inspected", { inspect: false }, /attention: nothing is inspected/],
  ["that a guard sees no answers", { guard: "ext-authz", upstream: undefined }, /attention: .*answers are not seen/],
])("the doctor says %s", (_, route, words) => {
  expect(told(route)).toMatch(words);
});
