import type { StringLeaf } from "#platform";
import { badEvent, rewriteTexts, scanEvent, type LocatedText } from "../json/event-texts.ts";
import { isObject, stepsOf, stringAt } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { blockedStream, failedStream } from "../openai/answers.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, UnscannablePart } from "../protocol.ts";
import { usageOf } from "./decode.ts";
import { isMediaName } from "./words.ts";

const TRANSCRIPT = "transcript";
/** Whichever comes ends what was asked for. */
const LAST: ReadonlySet<string> = new Set([
  "image_generation.completed",
  "image_edit.completed",
  "transcript.text.done",
  "speech.audio.done",
]);
const OPAQUE: ReadonlyMap<string, string> = new Map([
  ["b64_json", "image"],
  ["audio", "audio"],
]);

/** Events of images, transcripts and speech: one instance per stream, events in order. */
class MediaStreamDecoder implements StreamDecoder {
  #events = 0;
  #isOver = false;

  decode(data: string): Decoded<StreamEvent> {
    if (data.trim() === "[DONE]")
      return {
        ok: true,
        value: { texts: [], ends: [], unscannable: [], unfinished: 0, done: true, rewrite: () => data },
      };
    const scanned = scanEvent(data);
    if (!scanned.ok) return scanned;
    const { value: body, leaves, keys } = scanned.value;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    const type = stringAt(body, "type");
    this.#events += 1;
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const unscannable: UnscannablePart[] = [];
    for (const leaf of [...leaves, ...keys]) {
      const steps = stepsOf(leaf.pointer);
      const growing = transcriptText(type, steps, leaf);
      if (growing !== undefined) {
        texts.push(growing);
        continue;
      }
      if (leaf.value === "" || isMediaName(steps, leaf.value) || isSpelling(body, steps)) continue;
      const reason = OPAQUE.get(steps.at(-1) ?? "");
      if (reason !== undefined && isOpaque(leaf.value)) {
        unscannable.push({ pointer: `${type}${leaf.pointer}`, provenance: "model", reason });
        continue;
      }
      const channel = `event/${this.#events}${leaf.pointer}`;
      ends.push(channel);
      const role = steps.at(-1) ?? "";
      texts.push({ pointer: leaf.pointer, leaf, delta: leaf.value, provenance: "model", role, channel, kind: "whole" });
    }
    const isLast = LAST.has(type);
    if (isLast) ends.push(TRANSCRIPT);
    this.#isOver ||= isLast;
    const usage = usageOf(body);
    const error = isObject(body["error"]) ? stringAt(body["error"], "message") || "error" : undefined;
    return {
      ok: true,
      value: {
        texts,
        ends,
        unscannable,
        unfinished: this.#isOver ? 0 : 1,
        done: false,
        rewrite: (deltas) => rewriteTexts(scanned.value, texts, deltas, "[]"),
        ...(type !== "" && { name: type }),
        ...(usage === undefined ? {} : { usage }),
        ...(isLast ? { finishReason: type } : {}),
        ...(error === undefined ? {} : { error }),
      },
    };
  }

  flush(_channel: string, delta: string): StreamMessage {
    const type = "transcript.text.delta";
    return { name: type, data: JSON.stringify({ type, delta }) };
  }

  readonly blocked = blockedStream;
  readonly failed = failedStream;
}

/** The words of a transcript come in pieces, and whole at its end. */
const transcriptText = (type: string, steps: readonly string[], leaf: StringLeaf): LocatedText | undefined => {
  const base = { pointer: leaf.pointer, leaf, delta: leaf.value, role: "assistant", provenance: "model" } as const;
  const [field] = steps;
  if (steps.length !== 1) return undefined;
  if (type === "transcript.text.delta" && field === "delta")
    return { ...base, channel: TRANSCRIPT, kind: "text", again: "later" };
  if (type === "transcript.text.done" && field === "text")
    return { ...base, channel: TRANSCRIPT, kind: "text", again: "now" };
  return undefined;
};

/** Log probabilities spell the piece out that stands beside them, or the whole transcript. */
const isSpelling = (body: Readonly<Record<string, unknown>>, steps: readonly string[]): boolean => {
  if (steps[0] !== "logprobs" || steps[2] !== "token" || steps.length !== 3) return false;
  const { logprobs } = body;
  const spelled = Array.isArray(logprobs) ? logprobs.map((one: unknown) => stringAt(one, "token")).join("") : "";
  return spelled === (stringAt(body, "delta") || stringAt(body, "text"));
};

export const createStreamDecoder = (): StreamDecoder => new MediaStreamDecoder();
