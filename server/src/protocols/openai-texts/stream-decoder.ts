import { badEvent, rewriteTexts, scanEvent, type LocatedText } from "../json/event-texts.ts";
import { arrayAt, countAt, isObject, pointerSteps, stringAt } from "../json/json-access.ts";
import { blockedStream, failedStream } from "../openai/answers.ts";
import { usageOf } from "../openai/usage.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage } from "../protocol.ts";

const CHOICES_MAX = 128;
const NAME = /^[\w.:/@-]{1,200}$/;
const NAME_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "object",
  "model",
  "system_fingerprint",
  "finish_reason",
  "type",
  "code",
]);
const CHOICE_TEXT = /^\/choices\/([0-9]{1,3})\/text$/;

/** Chunks of a text completion: one instance per stream, events in order. */
class CompletionStreamDecoder implements StreamDecoder {
  readonly #open = new Set<number>();
  #events = 0;
  #head: Readonly<Record<string, unknown>> = { id: "", object: "text_completion", created: 0, model: "" };

  decode(data: string): Decoded<StreamEvent> {
    if (data.trim() === "[DONE]")
      return {
        ok: true,
        value: { texts: [], ends: [], unscannable: [], unfinished: 0, done: true, rewrite: () => data },
      };
    const scan = scanEvent(data);
    if (!scan.ok) return scan;
    const { value: body } = scan.value;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    const choices = arrayAt(body, "choices");
    const indexes = choices.map((choice) => countAt(choice, "index") ?? 0);
    if (new Set(indexes).size !== indexes.length) return badEvent("Two choices have one index", "/choices");
    this.#events += 1;
    const { id, created, model } = body;
    this.#head = { ...this.#head, ...(id !== undefined && { id, created, model }) };
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    for (const leaf of [...scan.value.leaves, ...scan.value.keys]) {
      const index = indexes[Number(CHOICE_TEXT.exec(leaf.pointer)?.[1] ?? -1)];
      const base = { pointer: leaf.pointer, leaf, delta: leaf.value, provenance: "model" } as const;
      if (index !== undefined) {
        this.#open.add(index);
        texts.push({ ...base, channel: `choice/${index}/text`, role: "assistant", kind: "text" });
        continue;
      }
      const field = pointerSteps(leaf.pointer).at(-1) ?? "";
      if (leaf.value === "" || (NAME_FIELDS.has(field) && NAME.test(leaf.value))) continue;
      const channel = `event/${this.#events}${leaf.pointer}`;
      ends.push(channel);
      texts.push({ ...base, channel, role: field, kind: "whole" });
    }
    if (this.#open.size > CHOICES_MAX) return badEvent("The stream has too many parts");
    let finishReason: string | undefined;
    for (const [position, choice] of choices.entries()) {
      const reason = stringAt(choice, "finish_reason");
      if (reason === "") continue;
      finishReason = reason;
      this.#open.delete(indexes[position] ?? 0);
      ends.push(`choice/${indexes[position] ?? 0}/text`);
    }
    const usage = usageOf(body);
    const error = isObject(body["error"]) ? stringAt(body["error"], "message") || "error" : undefined;
    return {
      ok: true,
      value: {
        texts,
        ends,
        // Tokens and their likelihoods in columns; they say the text once more and are not read here.
        unscannable: choices.some((choice) => isObject(choice) && isObject(choice["logprobs"]))
          ? [{ pointer: "/choices/logprobs", provenance: "model", reason: "log probabilities" }]
          : [],
        unfinished: this.#open.size,
        done: false,
        rewrite: (deltas) => rewriteTexts(scan.value, texts, deltas, "null"),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === undefined ? {} : { finishReason }),
        ...(error === undefined ? {} : { error }),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const index = Number(channel.split("/")[1]);
    return {
      data: JSON.stringify({ ...this.#head, choices: [{ index, text: delta, logprobs: null, finish_reason: null }] }),
    };
  }

  readonly blocked = blockedStream;
  readonly failed = failedStream;
}

export const createStreamDecoder = (): StreamDecoder => new CompletionStreamDecoder();
