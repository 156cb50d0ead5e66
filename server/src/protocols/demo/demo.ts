import { arrayAt, isObject, stringAt } from "../json/json-access.ts";
import { DEMO_MODEL, SCENES, type DemoScript } from "./script.ts";

export type { DemoScript } from "./script.ts";

const LABEL = "[Parapet's scripted demo model] ";
const FALLBACK =
  "I am a script, not a model. I know a handful of questions from the guided demo; the exchange around me is real.";

/** The guided minute, in the order of the story. */
export const DEMO_STEPS: readonly DemoScript[] = SCENES.map(({ id, title, story, expect, body }) => ({
  id,
  title,
  story,
  expect,
  body,
}));

const textOf = (content: unknown): string =>
  typeof content === "string"
    ? content
    : Array.isArray(content)
      ? content.map((part) => stringAt(part, "text")).join(" ")
      : "";

const lastQuestion = (request: unknown): string => {
  const questions = arrayAt(request, "messages").filter((message) => stringAt(message, "role") === "user");
  const last = questions.at(-1);
  return isObject(last) ? textOf(last["content"]).slice(0, 10_000) : "";
};

const answerTo = (question: string): string => {
  const scene = SCENES.find(({ cue }) => cue.test(question));
  const answer = scene?.answer ?? FALLBACK;
  // A leaked key is answered with what arrived: when it was redacted on the way in, the model never had it.
  const settings = scene?.id === "leaked-key" ? /settings[^:]{0,80}:\s*(.{1,500})/is.exec(question)?.[1] : undefined;
  return LABEL + (settings === undefined ? answer : `These are the settings you sent: ${settings}`);
};

const WORDS_PER_TOKEN = 0.75;
const tokens = (text: string): number => Math.ceil(text.split(/\s+/).length / WORDS_PER_TOKEN);

/** Same request, same answer, same id: the script has neither clock nor chance. */
const idOf = (text: string): string => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return `chatcmpl-demo-${hash.toString(16).padStart(8, "0")}`;
};

const usageOf = (question: string, answer: string) => {
  const prompt = tokens(question);
  const completion = tokens(answer);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
};

const CREATED = 1_767_225_600;

/** Answers a chat completion request from the script. */
export const demoAnswer = (request: unknown): Readonly<Record<string, unknown>> => {
  const question = lastQuestion(request);
  const answer = answerTo(question);
  return {
    id: idOf(question),
    object: "chat.completion",
    created: CREATED,
    model: DEMO_MODEL,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answer, refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: usageOf(question, answer),
  };
};

/** The same answer as the `data` of a stream's events, a word each. */
export const demoStream = (request: unknown): readonly string[] => {
  const question = lastQuestion(request);
  const answer = answerTo(question);
  const head = { id: idOf(question), object: "chat.completion.chunk", created: CREATED, model: DEMO_MODEL };
  const chunk = (delta: object, finishReason: string | null): string =>
    JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] });
  const options = isObject(request) ? request["stream_options"] : undefined;
  const wantsUsage = isObject(options) && options["include_usage"] === true;
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...(answer.match(/\S+\s*/g) ?? []).map((word) => chunk({ content: word }, null)),
    chunk({}, "stop"),
    ...(wantsUsage ? [JSON.stringify({ ...head, choices: [], usage: usageOf(question, answer) })] : []),
    "[DONE]",
  ];
};
