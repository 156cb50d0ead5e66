import type { JsonEdit, ScannedJson, StringLeaf } from "#platform";
import { spliceJsonStrings } from "#platform";
import { badEvent, noteEncoded, partsOfStream, scanEvent } from "../json/event-texts.ts";
import { arrayAt, countAt, isObject, objectAt, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { logprobsSpans } from "../json/logprobs-spans.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { isToolName } from "../json/plain-names.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, StreamText } from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { blockedStream, failedStream, withheldStream } from "./answers.ts";
import { callIn, placeInAnswer, unscannableParts } from "./content.ts";
import { finishReasonOf, LOGPROBS, usageOf } from "./decode-response.ts";
import { ANSWER_STRINGS } from "./strings.ts";

const CANDIDATES_MAX = 64;

/** A text of an event with the strings that hold it: the pieces of one candidate may stand in several parts. */
interface EventText extends StreamText {
  readonly leaves: readonly StringLeaf[];
}

const rewritten = (scan: ScannedJson, texts: readonly EventText[], deltas: ReadonlyMap<string, string>): string => {
  const edits = texts.flatMap(({ channel, leaves, delta }): JsonEdit[] => {
    const next = deltas.get(channel);
    if (next === undefined || next === delta) return [];
    return leaves.map(({ start, end }, at) => ({ start, end, value: at === 0 ? next : "" }));
  });
  if (edits.length === 0) return scan.bytes.toString();
  // Log probabilities spell the texts out once more.
  const spelled = logprobsSpans(scan, LOGPROBS);
  const free = edits.filter((edit) => !spelled.some(({ start, end }) => edit.start >= start && edit.end <= end));
  return spliceJsonStrings(scan.bytes, [
    ...free,
    ...spelled.map(({ start, end }) => ({ start, end, token: Buffer.from("{}") })),
  ]).toString();
};

/** Pieces of an answer: one instance per stream, in order. Calls come whole. */
class GeminiStreamDecoder implements StreamDecoder {
  /** Of each candidate that began: its channels, and whether it has said how it finished. */
  readonly #candidates = new Map<number, { readonly channels: Set<string>; isFinished: boolean }>();
  #events = 0;

  decode(data: string): Decoded<StreamEvent> {
    const scan = scanEvent(data);
    if (!scan.ok) return scan;
    const { value: body } = scan.value;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    this.#events += 1;
    const ends: string[] = [];
    const candidates = arrayAt(body, "candidates");
    if (candidates.some((one) => (countAt(one, "index") ?? 0) >= CANDIDATES_MAX))
      return badEvent("The stream has too many candidates");
    const unscannable = candidates.flatMap((candidate, at) =>
      partsOfStream(
        unscannableParts(objectAt(candidate, "content"), `/candidates/${at}/content`, "model"),
        "",
        `/event/${this.#events}`,
      ),
    );
    const texts = new Map<string, EventText>();
    const { leaves, keys } = scan.value;
    for (const [at, leaf] of [...leaves, ...keys].entries()) {
      if (leaf.pointer.includes("/functionCall/partialArgs/"))
        return badEvent("Arguments that come in pieces cannot be read", leaf.pointer);
      const text = this.#textOf(leaf, at < leaves.length ? "" : "/(key)", body, ends);
      if (text === "opaque") noteEncoded(unscannable, leaf.pointer, "");
      else if (text !== undefined) {
        const before = texts.get(text.channel);
        texts.set(
          text.channel,
          before === undefined
            ? { ...text, leaves: [leaf] }
            : { ...before, delta: before.delta + text.delta, leaves: [...before.leaves, leaf] },
        );
      }
    }
    for (const candidate of candidates) ends.push(...this.#finish(candidate));
    const usage = usageOf(body);
    const model = stringAt(body, "modelVersion");
    const finishReason = finishReasonOf(body);
    const read = [...texts.values()];
    return {
      ok: true,
      value: {
        texts: read,
        ends,
        unscannable,
        unfinished: [...this.#candidates.values()].filter(({ isFinished }) => !isFinished).length,
        done: false,
        rewrite: (deltas) => rewritten(scan.value, read, deltas),
        ...(model === "" ? {} : { model }),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === "" ? {} : { finishReason }),
        ...(isObject(body["error"]) ? { error: stringAt(body["error"], "message") || "error" } : {}),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const [, index = "0", kind] = channel.split("/");
    const part = kind === "thought" ? { text: delta, thought: true } : { text: delta };
    const content = { parts: [part], role: "model" };
    return { data: JSON.stringify({ candidates: [{ content, index: Number(index) }] }) };
  }

  readonly blocked = blockedStream;
  readonly withheld = withheldStream;
  readonly failed = failedStream;

  #candidate(index: number): { readonly channels: Set<string>; isFinished: boolean } {
    const known = this.#candidates.get(index);
    if (known !== undefined) return known;
    const made = { channels: new Set<string>(), isFinished: false };
    this.#candidates.set(index, made);
    return made;
  }

  #finish(candidate: unknown): Iterable<string> {
    const state = this.#candidate(countAt(candidate, "index") ?? 0);
    if (stringAt(candidate, "finishReason") === "") return [];
    state.isFinished = true;
    return state.channels;
  }

  #textOf(leaf: StringLeaf, suffix: string, body: JsonObject, ends: string[]): StreamText | "opaque" | undefined {
    const { pointer, value } = leaf;
    const steps = stepsOf(pointer);
    const [first, at = "", field, inner, place = "", name] = steps;
    const candidate = first === "candidates" ? arrayAt(body, "candidates")[Number(at)] : undefined;
    const isPart = field === "content" && inner === "parts";
    const part = isPart ? arrayAt(objectAt(candidate, "content"), "parts")[Number(place)] : undefined;
    const base = { pointer, delta: value, ...placeInAnswer(steps) };
    if (isPart && name === "text" && steps.length === 6) {
      const index = countAt(candidate, "index") ?? 0;
      const kind = isObject(part) && part["thought"] === true ? "thought" : "text";
      const channel = `candidate/${index}/${kind}`;
      this.#candidate(index).channels.add(channel);
      return { ...base, channel, role: kind === "text" ? "assistant" : kind, kind: "text" };
    }
    if (value === "") return undefined;
    const channel = `event/${this.#events}${pointer}${suffix}`;
    const call = isPart ? callIn(part) : undefined;
    if (call !== undefined && name === call.field) {
      const id = call.id || `call-${this.#events}-${place}`;
      const toolCall = { id, name: call.name, arguments: argumentsText(call.input).arguments ?? "{}" };
      const calling = { role: call.field, provenance: "tool-arguments", kind: "tool-arguments", toolCall } as const;
      if (base.provenance === "tool-arguments") {
        ends.push(channel);
        return { ...base, ...calling, channel };
      }
      // A call without texts is a call: its name stands for it.
      if (steps.length === 7 && (steps[6] === "name" || steps[6] === "toolType") && isToolName(value)) {
        ends.push(channel);
        return { ...base, ...calling, delta: "", channel };
      }
    }
    if (base.provenance !== "tool-arguments") {
      if (ANSWER_STRINGS.isWord(steps, value, base)) return undefined;
      const last = steps.at(-1) ?? "";
      if (ANSWER_STRINGS.sealFields.has(last) && isOpaque(value)) return undefined;
      if (ANSWER_STRINGS.opaqueFields.has(last) && isOpaque(value)) return "opaque";
    }
    ends.push(channel);
    return { ...base, channel, kind: "whole" };
  }
}

export const createStreamDecoder = (): StreamDecoder => new GeminiStreamDecoder();
