import { expect, test } from "vitest";
import { ENCODED, scanned } from "../json/scan.fixture.ts";
import { TEXTS } from "./texts.ts";

const [completions] = TEXTS;
const TOKENS = "numbers that stand for tokens";

test.each([
  ["words", { prompt: "Hello" }, ["Hello"], []],
  ["tokens", { prompt: [15_496, 11] }, [], [["/prompt", TOKENS]]],
  ["lists of tokens", { prompt: [[15_496], [11]] }, [], [["/prompt", TOKENS]]],
  ["tokens under another name", { prompt: "", prompt_token_ids: [15_496] }, [""], [["/prompt_token_ids", TOKENS]]],
  ["embeddings", { prompt: "", prompt_embeds: ENCODED }, [""], [["/prompt_embeds", "embeddings instead of words"]]],
  [
    "lists of embeddings",
    { prompt_embeds: [ENCODED, ENCODED] },
    [],
    [["/prompt_embeds", "embeddings instead of words"]],
  ],
  [
    "words where embeddings are due",
    { prompt_embeds: "Hi" },
    ["Hi"],
    [["/prompt_embeds", "embeddings instead of words"]],
  ],
  ["where to stop", { prompt: "Hello", stop_token_ids: [2] }, ["Hello"], []],
])("a prompt of %s", (_, body, texts, unread) => {
  const decoded = completions?.decodeRequest(scanned({ model: "m", ...body }));
  if (decoded?.ok !== true) throw new Error("refused");
  expect(decoded.value.segments.map(({ text }) => text)).toEqual(texts);
  expect(decoded.value.unscannable.map(({ pointer, reason }) => [pointer, reason])).toEqual(unread);
});
