import type { StringLeaf } from "#platform";
import { badEvent, rewriteTexts, scanEvent, type LocatedText } from "../json/event-texts.ts";
import { arrayAt, isObject, objectAt, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { isToolName } from "../json/plain-names.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, UnscannablePart } from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { errorLine, withheldLine } from "./answers.ts";
import { usageOf } from "./decode.ts";
import { ANSWER_STRINGS, placeInAnswer } from "./strings.ts";

/** Whether a text comes in pieces; its pointer names its channel. Fields that nobody knows do, so that what is cut in two is read as one. */
const isGrowing = (steps: readonly string[], value: string): boolean => {
  const [holder = "", field = ""] = steps;
  if (holder === "message") return steps.length === 2 && field !== "role" && field !== "tool_name";
  if (steps.length !== 1 || holder === "error" || holder === "image") return false;
  return !ANSWER_STRINGS.isWord(steps, value, placeInAnswer(steps));
};

/** Lines of an answer: one instance per stream, in order. Tool calls come whole. */
class OllamaStreamDecoder implements StreamDecoder {
  readonly #channels = new Set<string>();
  #lines = 0;
  #head: JsonObject = { model: "", created_at: "" };

  decode(data: string): Decoded<StreamEvent> {
    const scan = scanEvent(data);
    if (!scan.ok) return scan;
    const { value: body } = scan.value;
    if (!isObject(body)) return badEvent("A line is not a JSON object");
    this.#lines += 1;
    const { model, created_at } = body;
    if (typeof model === "string") this.#head = { model, created_at };
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const unscannable: UnscannablePart[] = [];
    for (const leaf of [...scan.value.leaves, ...scan.value.keys]) {
      const text = this.#textOf(leaf, body, ends);
      if (text === "opaque") unscannable.push({ pointer: leaf.pointer, provenance: "model", reason: "encoded bytes" });
      else if (text !== undefined) texts.push(text);
    }
    const done = body["done"] === true;
    if (done) ends.push(...this.#channels);
    const usage = usageOf(body);
    const finishReason = stringAt(body, "done_reason");
    const error = stringAt(body, "error");
    return {
      ok: true,
      value: {
        texts,
        ends,
        unscannable,
        // Only the last line says that it is whole.
        unfinished: 1,
        done,
        rewrite: (deltas) => rewriteTexts(scan.value, texts, deltas, "[]"),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === "" ? {} : { finishReason }),
        ...(error === "" ? {} : { error }),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const field = channel.split("/").at(-1) ?? "content";
    const inner = channel.startsWith("/message/")
      ? { message: { role: "assistant", content: "", [field]: delta } }
      : { [field]: delta };
    return { data: JSON.stringify({ ...this.#head, ...inner, done: false }) };
  }

  readonly blocked = errorLine;
  readonly withheld = withheldLine;
  readonly failed = errorLine;

  #textOf(leaf: StringLeaf, body: JsonObject, ends: string[]): LocatedText | "opaque" | undefined {
    const { pointer } = leaf;
    const steps = stepsOf(pointer);
    const place = placeInAnswer(steps);
    const base = { pointer, leaf, delta: leaf.value, ...place };
    if (isGrowing(steps, leaf.value)) {
      this.#channels.add(pointer);
      return { ...base, channel: pointer, kind: "text" };
    }
    if (leaf.value === "") return undefined;
    const channel = `line/${this.#lines}${pointer}`;
    const [, field, index = ""] = steps;
    const call = field === "tool_calls" ? arrayAt(objectAt(body, "message"), "tool_calls")[Number(index)] : undefined;
    const inner = objectAt(call, "function");
    const name = stringAt(inner, "name");
    const calling = {
      role: "tool_calls",
      provenance: "tool-arguments",
      kind: "tool-arguments",
      toolCall: {
        id: `call-${this.#lines}-${index}`,
        name,
        arguments: argumentsText(inner["arguments"]).arguments ?? "{}",
      },
    } as const;
    // A call without texts is a call: its name stands for it.
    if (steps.at(-1) === "name" && steps.length === 5 && isToolName(name)) {
      ends.push(channel);
      return { ...base, ...calling, delta: "", channel };
    }
    if (place.provenance !== "tool-arguments") {
      if (ANSWER_STRINGS.isWord(steps, leaf.value, place)) return undefined;
      if (steps.at(-1) === "image" && isOpaque(leaf.value)) return "opaque";
    }
    ends.push(channel);
    return place.provenance === "tool-arguments"
      ? { ...base, ...calling, channel }
      : { ...base, channel, kind: "whole" };
  }
}

export const createStreamDecoder = (): StreamDecoder => new OllamaStreamDecoder();
