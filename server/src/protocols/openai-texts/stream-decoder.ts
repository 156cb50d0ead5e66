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
/** Any text of a choice comes in pieces, also one that nobody knows. */
const CHOICE_TEXT = /^\/choices\/([0-9]{1,3})\/(?!finish_reason$)([A-Za-z_]{1,64})$/;

/** Chunks of a text completion: one instance per stream, events in order. */
class CompletionStreamDecoder implements StreamDecoder {
  readonly #open = new Set<number>();
  readonly #parts = new Set<string>();
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
      const [, place = "-1", part = ""] = CHOICE_TEXT.exec(leaf.pointer) ?? [];
      const index = indexes[Number(place)];
      const base = { pointer: leaf.pointer, leaf, delta: leaf.value, provenance: "model" } as const;
      if (index !== undefined) {
        this.#open.add(index);
        this.#parts.add(part);
        texts.push({ ...base, channel: `choice/${index}/${part}`, role: "assistant", kind: "text" });
        continue;
      }
      const field = pointerSteps(leaf.pointer).at(-1) ?? "";
      if (leaf.value === "" || (NAME_FIELDS.has(field) && NAME.test(leaf.value))) continue;
      const channel = `event/${this.#events}${leaf.pointer}`;
      ends.push(channel);
      texts.push({ ...base, channel, role: field, kind: "whole" });
    }
    if (this.#open.size > CHOICES_MAX || this.#parts.size > CHOICES_MAX)
      return badEvent("The stream has too many parts");
    let finishReason: string | undefined;
    for (const [position, choice] of choices.entries()) {
      const reason = stringAt(choice, "finish_reason");
      if (reason === "") continue;
      finishReason = reason;
      this.#open.delete(indexes[position] ?? 0);
      for (const part of this.#parts) ends.push(`choice/${indexes[position] ?? 0}/${part}`);
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
    const [, index, part = "text"] = channel.split("/");
    const choice = { index: Number(index), text: "", [part]: delta, logprobs: null, finish_reason: null };
    return { data: JSON.stringify({ ...this.#head, choices: [choice] }) };
  }

  readonly blocked = blockedStream;
  readonly failed = failedStream;
}

export const createStreamDecoder = (): StreamDecoder => new CompletionStreamDecoder();
