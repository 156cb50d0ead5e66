import { expect, test } from "vitest";
import { countRefused } from "./content-kinds.ts";

test.each([
  ["image", "image"],
  ["pictures in a document", "image"],
  ["audio", "audio"],
  ["asks for an answer as audio", "audio"],
  ["video", "video"],
  ["file", "document"],
  ["bytes of a file", "document"],
  ["document as bytes", "document"],
  ["an encrypted PDF", "document"],
  ["XML that defines entities of its own", "document"],
  ["a page without text", "document"],
  ["numbers that stand for tokens", "numbers"],
  ["embeddings instead of words", "numbers"],
  ["binary tensor", "numbers"],
  ["log probabilities that say something else than the message", "numbers"],
  ["document kept by the provider", "kept"],
  ["a file at an address or kept by the provider", "kept"],
  ["encrypted by the provider", "encrypted"],
  ["a part of unknown type", "other"],
])("%s counts as %s", (reason, kind) => {
  const parts = [{ reason }];
  expect(countRefused({ unscannable: { default: "allow", [kind]: "block" } }, parts)).toBe(1);
  expect(countRefused({ unscannable: { default: "block", [kind]: "allow" } }, parts)).toBe(0);
  expect(countRefused({ unscannable: "block" }, parts)).toBe(1);
  expect(countRefused({ unscannable: "allow" }, parts)).toBe(0);
});
