import { scanJson, spliceJsonStrings, type JsonEdit, type ScannedJson, type StringLeaf } from "#platform";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, StreamText, UnscannablePart } from "../protocol.ts";
import { blockedStream, failedStream, withheldStream } from "./answers.ts";
import { isClosedResponseValue } from "./closed-values.ts";
import { arrayAt, countAt, isObject, objectAt, patternOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { isToolName } from "../json/plain-names.ts";
import { isTokenOfText, repeatsDelta } from "./log-probabilities.ts";
import { factsOf, type PointerFacts } from "./pointer-facts.ts";
import { toolCallProblem } from "./tool-call-shape.ts";
import { isBinaryData, withEncodedBytes } from "./unscannable-parts.ts";
import { usageOf } from "./usage.ts";

const DEPTH_MAX = 64;
const SPAN_KEYS = new Set(["logprobs"]);
const LOGPROBS = /^\/choices\/([0-9]{1,9})\/logprobs(?:\/|$)/;
/** Fields inside parts that grow from chunk to chunk, as some vendors send content and reasoning. */
const GROWING_FIELDS = new Set(["text", "thinking", "reasoning", "summary"]);
/** Channels of one stream; the SDK stops at 128 choices and 128 tool calls. */
const CHANNELS_MAX = 4096;

const refuse = (message: string, pointer = ""): Decoded<never> => ({
  ok: false,
  refusal: { code: "bad_event", message, pointer },
});

/** How to say one more delta of a channel. */
type Channel = (delta: string) => { readonly index: number; readonly delta: object };

interface LocatedText extends StreamText {
  readonly leaf: StringLeaf;
  /** Position of the choice in the event; -1 for text outside choices. */
  readonly position: number;
}

interface ToolCallHead {
  id: string;
  name: string;
}

const nested = ([step = "arguments", ...rest]: readonly string[], value: string): object => ({
  [step]: rest.length === 0 ? value : nested(rest, value),
});

/** Chat completion chunks: one instance per stream, events in order. */
class ChatStreamDecoder implements StreamDecoder {
  readonly #channels = new Map<string, Channel>();
  readonly #byChoice = new Map<number, Set<string>>();
  readonly #calls = new Map<string, ToolCallHead>();
  readonly #isUnfinished = new Map<number, boolean>();
  #unfinished = 0;
  #events = 0;
  #head: JsonObject = { id: "", object: "chat.completion.chunk", created: 0, model: "" };

  decode(data: string): Decoded<StreamEvent> {
    if (data.trim() === "[DONE]")
      return {
        ok: true,
        value: { texts: [], ends: [], unscannable: [], unfinished: 0, done: true, rewrite: () => data },
      };
    const scan = scanJson(Buffer.from(data), { depthMax: DEPTH_MAX, spanKeys: SPAN_KEYS });
    if (!scan.ok) return { ok: false, refusal: { code: scan.fault.code, message: scan.fault.message } };
    const { value: body } = scan.value;
    if (!isObject(body)) return refuse("An event is not a JSON object");
    const { choices, object } = body;
    if (choices !== undefined && choices !== null && !Array.isArray(choices))
      return refuse("choices is not an array", "/choices");
    const isError = body["error"] !== undefined && body["error"] !== null;
    if (!isError && !Array.isArray(choices)) return refuse("An event of unknown kind");
    if (typeof object === "string" && object !== "" && !object.startsWith("chat.completion"))
      return refuse("An event of unknown kind", "/object");
    for (const [position, choice] of arrayAt(body, "choices").entries()) {
      if (!isObject(choice) || countAt(choice, "index") === undefined)
        return refuse("A choice has no index", `/choices/${position}`);
    }
    this.#events += 1;
    this.#remember(body);
    return this.#event(scan.value, body);
  }

  flush(channel: string, delta: string): StreamMessage {
    const place = this.#channels.get(channel)?.(delta) ?? { index: 0, delta: { content: delta } };
    return { data: JSON.stringify({ ...this.#head, choices: [{ ...place, logprobs: null, finish_reason: null }] }) };
  }

  readonly blocked = blockedStream;
  readonly withheld = withheldStream;
  readonly failed = failedStream;

  /** Chunks that we add must carry the same id, model and time as those of the upstream. */
  #remember(body: JsonObject): void {
    const { id, created, model } = body;
    if (typeof id === "string" && id !== "") this.#head = { ...this.#head, id };
    if (typeof created === "number" && created > 0) this.#head = { ...this.#head, created };
    if (typeof model === "string" && model !== "") this.#head = { ...this.#head, model };
  }

  #event(scan: ScannedJson, body: JsonObject): Decoded<StreamEvent> {
    const choices = arrayAt(body, "choices");
    const indexes = choices.map((choice) => countAt(choice, "index") ?? 0);
    if (new Set(indexes).size !== indexes.length) return refuse("Two choices have one index", "/choices");
    for (const [position, choice] of choices.entries()) {
      const problem = toolCallProblem(objectAt(choice, "delta"));
      if (problem !== undefined) return refuse(problem, `/choices/${position}`);
      if (!this.#noteCalls(choice, indexes[position] ?? 0))
        return refuse("A tool call has no index, or changes its id or name", `/choices/${position}`);
    }
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const encoded: StringLeaf[] = [];
    const leaves = [...scan.leaves, ...scan.keys];
    for (const leaf of leaves) {
      const facts = factsOf(leaf.pointer);
      if (isTokenOfText(facts, leaf.value)) continue;
      if (isBinaryData(facts, leaf.value)) {
        encoded.push(leaf);
        continue;
      }
      const text = this.#textOf(leaf, facts, choices, indexes, ends);
      if (text === undefined) continue;
      // Two deltas of one text in one event could not be rewritten apart.
      if (texts.some(({ channel }) => channel === text.channel))
        return refuse("A text stands twice in one event", leaf.pointer);
      texts.push(text);
    }
    if (this.#channels.size > CHANNELS_MAX) return refuse("The stream has too many parts");
    let finishReason: string | undefined;
    for (const [position, choice] of choices.entries()) {
      const reason = stringAt(choice, "finish_reason");
      this.#noteFinish(indexes[position] ?? 0, reason !== "");
      if (reason === "") continue;
      finishReason = reason;
      ends.push(...(this.#byChoice.get(indexes[position] ?? 0) ?? []));
    }
    const usage = usageOf(body);
    const model = stringAt(body, "model");
    const error = body["error"];
    return {
      ok: true,
      value: {
        texts,
        ends,
        unscannable: withEncodedBytes(unscannableOf(choices), encoded, "model"),
        unfinished: this.#unfinished,
        done: false,
        rewrite: (deltas) => rewrite(scan, texts, deltas),
        ...(model === "" ? {} : { model }),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === undefined ? {} : { finishReason }),
        ...(error === undefined || error === null
          ? {}
          : { error: typeof error === "string" ? error : stringAt(error, "message") || "error" }),
      },
    };
  }

  #noteFinish(index: number, isFinished: boolean): void {
    const before = this.#isUnfinished.get(index);
    if (before === false || (before === true && !isFinished)) return;
    this.#isUnfinished.set(index, !isFinished);
    this.#unfinished += isFinished ? (before === true ? -1 : 0) : 1;
  }

  /** Keeps id and name of tool calls by index; the first delta has them. False when they are not in order. */
  #noteCalls(choice: unknown, index: number): boolean {
    const delta = objectAt(choice, "delta");
    for (const call of arrayAt(delta, "tool_calls")) {
      const at = countAt(call, "index");
      if (at === undefined) return false;
      const name = stringAt(objectAt(call, "function"), "name") || stringAt(objectAt(call, "custom"), "name");
      if (!this.#noteCall(`choice/${index}/tool/${at}`, stringAt(call, "id"), name)) return false;
    }
    const old = delta["function_call"];
    return !isObject(old) || this.#noteCall(`choice/${index}/function`, "", stringAt(old, "name"));
  }

  #noteCall(key: string, id: string, name: string): boolean {
    const call = this.#calls.get(key) ?? { id: "", name: "" };
    // A call judged under one name must not run under another.
    if ((id !== "" && call.id !== "" && id !== call.id) || (name !== "" && call.name !== "" && name !== call.name))
      return false;
    this.#calls.set(key, { id: call.id || id, name: call.name || name });
    return true;
  }

  #textOf(
    leaf: StringLeaf,
    { steps, pattern, field }: PointerFacts,
    choices: readonly unknown[],
    indexes: readonly number[],
    ends: string[],
  ): LocatedText | undefined {
    const [root, place, part, kind, callPlace] = steps;
    const position = root === "choices" ? Number(place) : -1;
    const index = indexes[position];
    const base = { pointer: leaf.pointer, delta: leaf.value, leaf, position, provenance: "model" } as const;
    if (index !== undefined && part === "delta" && !isClosedResponseValue(pattern, field, leaf.value)) {
      if (kind === "tool_calls" && (field === "arguments" || field === "input")) {
        const at =
          countAt(arrayAt(objectAt(choices[position], "delta"), "tool_calls")[Number(callPlace)], "index") ?? 0;
        const key = `choice/${index}/tool/${at}`;
        const channel = this.#channel(`${key}/arguments`, index, (delta) => ({
          tool_calls: [{ index: at, ...nested(steps.slice(5), delta) }],
        }));
        return {
          ...base,
          channel,
          role: "tool_calls",
          provenance: "tool-arguments",
          kind: "tool-arguments",
          toolCall: { ...(this.#calls.get(key) ?? { id: "", name: "" }) },
        };
      }
      if (kind === "function_call" && field === "arguments") {
        const key = `choice/${index}/function`;
        const channel = this.#channel(`${key}/arguments`, index, (delta) => ({ function_call: { arguments: delta } }));
        return {
          ...base,
          channel,
          role: "function_call",
          provenance: "tool-arguments",
          kind: "tool-arguments",
          toolCall: { ...(this.#calls.get(key) ?? { id: "", name: "" }) },
        };
      }
      if (kind !== undefined && kind !== "tool_calls" && kind !== "function_call" && steps.length === 4) {
        const channel = this.#channel(`choice/${index}/${kind}`, index, (delta) => ({ [kind]: delta }));
        return { ...base, channel, role: kind === "content" ? "assistant" : kind, kind: "text" };
      }
      if (kind === "audio" && field === "transcript") {
        const channel = this.#channel(`choice/${index}/audio/transcript`, index, (delta) => ({
          audio: { transcript: delta },
        }));
        return { ...base, channel, role: "audio", kind: "text" };
      }
      if (kind !== undefined && GROWING_FIELDS.has(field)) {
        const inner = patternOf(steps.slice(4));
        const channel = this.#channel(`choice/${index}/${kind}/${inner}`, index, (delta) => ({
          [kind]: kind === "content" ? delta : [{ [field]: delta }],
        }));
        return { ...base, channel, role: kind === "content" && field === "text" ? "assistant" : field, kind: "text" };
      }
      if (field === "name" && isToolName(leaf.value)) return this.#bareCall(base, choices[position], index, steps);
    } else if (isClosedResponseValue(pattern, field, leaf.value)) return undefined;
    // Anything else stands whole in its event: a text of its own that ends with it.
    const channel = `event/${this.#events}${leaf.pointer}`;
    ends.push(channel);
    return { ...base, channel, role: kind ?? root ?? "", kind: "whole" };
  }

  /** A call that is named before its arguments come, or that has none, is a call from its name on. */
  #bareCall(
    { leaf, ...base }: Pick<LocatedText, "pointer" | "leaf" | "position" | "provenance">,
    choice: unknown,
    index: number,
    steps: readonly string[],
  ): LocatedText | undefined {
    const [, , , kind, callPlace] = steps;
    const delta = objectAt(choice, "delta");
    const isOld = kind === "function_call" && steps.length === 5;
    if (!isOld && (kind !== "tool_calls" || steps.length !== 7)) return undefined;
    const call = isOld ? delta : arrayAt(delta, "tool_calls")[Number(callPlace)];
    const inner = isOld ? "function_call" : (steps[5] ?? "");
    const grows = inner === "custom" ? "input" : "arguments";
    const at = countAt(call, "index") ?? 0;
    const key = isOld ? `choice/${index}/function` : `choice/${index}/tool/${at}`;
    if (typeof objectAt(call, inner)[grows] === "string" || this.#channels.has(`${key}/arguments`)) return undefined;
    const channel = this.#channel(`${key}/arguments`, index, (more) =>
      isOld ? { function_call: { arguments: more } } : { tool_calls: [{ index: at, [inner]: { [grows]: more } }] },
    );
    return {
      ...base,
      leaf,
      delta: "",
      channel,
      role: isOld ? "function_call" : "tool_calls",
      provenance: "tool-arguments",
      kind: "tool-arguments",
      toolCall: { ...(this.#calls.get(key) ?? { id: "", name: "" }) },
    };
  }

  #channel(name: string, index: number, say: (delta: string) => object): string {
    if (!this.#channels.has(name)) {
      this.#channels.set(name, (delta) => ({ index, delta: say(delta) }));
      const known = this.#byChoice.get(index) ?? new Set();
      this.#byChoice.set(index, known.add(name));
    }
    return name;
  }
}

const unscannableOf = (choices: readonly unknown[]): UnscannablePart[] =>
  choices.flatMap((choice, position) => {
    const delta = objectAt(choice, "delta");
    const pointer = `/choices/${position}/delta`;
    return [
      ...(stringAt(objectAt(delta, "audio"), "data") === ""
        ? []
        : [{ pointer: `${pointer}/audio`, provenance: "model", reason: "audio" } as const]),
      ...(arrayAt(delta, "images").length === 0
        ? []
        : [{ pointer: `${pointer}/images`, provenance: "model", reason: "image" } as const]),
      ...(repeatsDelta(choice)
        ? []
        : [
            {
              pointer: `/choices/${position}/logprobs`,
              provenance: "model",
              reason: "log probabilities that say something else than the message",
            } as const,
          ]),
    ];
  });

/** Only the changed tokens are new bytes. Log probabilities repeat the text, so they go with a changed choice. */
const rewrite = (scan: ScannedJson, texts: readonly LocatedText[], deltas: ReadonlyMap<string, string>): string => {
  const edits: JsonEdit[] = [];
  const changed = new Set<number>();
  for (const { channel, leaf, position, delta } of texts) {
    const next = deltas.get(channel);
    if (next === undefined || next === delta) continue;
    edits.push({ start: leaf.start, end: leaf.end, value: next });
    changed.add(position);
  }
  for (const { pointer, start, end } of scan.spans) {
    const position = LOGPROBS.exec(pointer)?.[1];
    if (position !== undefined && pointer.endsWith("/logprobs") && changed.has(Number(position)))
      edits.push({ start, end, token: Buffer.from("null") });
  }
  return spliceJsonStrings(scan.bytes, edits).toString();
};

export const createStreamDecoder = (): StreamDecoder => new ChatStreamDecoder();
