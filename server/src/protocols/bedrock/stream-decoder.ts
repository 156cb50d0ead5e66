import type { StringLeaf } from "#platform";
import {
  badEvent,
  noteEncoded,
  partsOfStream,
  rewriteTexts,
  scanEvent,
  type LocatedText,
} from "../json/event-texts.ts";
import { countAt, isObject, objectAt, stepsOf, stringAt, type JsonObject } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { isToolName } from "../json/plain-names.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, StreamText } from "../protocol.ts";
import { blockedStream, failedStream, withheldStream } from "./answers.ts";
import { placeInAnswer, unscannableBlocks } from "./content.ts";
import { usageOf } from "./decode.ts";
import { ANSWER_STRINGS } from "./strings.ts";

const BLOCKS_MAX = 4096;

interface Block {
  readonly call: { readonly id: string; readonly name: string } | undefined;
  readonly channels: Set<string>;
  isOpen: boolean;
}

/** Texts that grow with their block, by where they stand in a delta. */
const GROWING: ReadonlyMap<string, string> = new Map([
  ["text", "text"],
  ["reasoningContent/text", "thinking"],
  ["toolUse/input", "input"],
]);

/** Events of a Converse stream, each under its name: one instance per stream, events in order. */
class ConverseStreamDecoder implements StreamDecoder {
  readonly #blocks = new Map<number, Block>();
  #events = 0;
  #isStopped = false;

  decode(data: string): Decoded<StreamEvent> {
    const scanned = scanEvent(data);
    if (!scanned.ok) return scanned;
    const { value: body } = scanned.value;
    const [name = "", ...others] = isObject(body) ? Object.keys(body) : [];
    if (!isObject(body) || others.length > 0 || !/^[A-Za-z]{1,64}$/.test(name))
      return badEvent("An event does not stand under its name");
    this.#events += 1;
    const payload = objectAt(body, name);
    const problem = this.#note(name, payload);
    if (problem !== undefined) return badEvent(problem);
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const field = name === "contentBlockStart" ? "start" : name === "contentBlockDelta" ? "delta" : "";
    const holder = field === "" ? {} : payload[field];
    const unscannable = partsOfStream(
      unscannableBlocks([holder], "", "model"),
      "/0",
      `/event/${this.#events}/0`,
      `/${name}/${field}`,
    );
    const { leaves, keys } = scanned.value;
    for (const [at, leaf] of [...leaves, ...keys].entries()) {
      const text = this.#textOf(leaf, at < leaves.length ? "" : "/(key)", payload, ends);
      if (text === "opaque") noteEncoded(unscannable, leaf.pointer, "");
      else if (text !== undefined) texts.push({ ...text, leaf });
    }
    if (name === "contentBlockStop") ends.push(...this.#close(payload));
    if (name === "messageStop") this.#isStopped = true;
    const usage = usageOf(payload);
    const finishReason = name === "messageStop" ? stringAt(payload, "stopReason") : "";
    return {
      ok: true,
      value: {
        texts,
        ends,
        unscannable,
        unfinished: this.#isStopped ? 0 : 1,
        // How much was used is told after the end of the message.
        done: false,
        rewrite: (deltas) => rewriteTexts(scanned.value, texts, deltas),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === "" ? {} : { finishReason }),
        ...(name.endsWith("Exception") ? { error: stringAt(payload, "message") || name } : {}),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const [, index = "0", kind] = channel.split("/");
    const content =
      kind === "thinking"
        ? { reasoningContent: { text: delta } }
        : kind === "input"
          ? { toolUse: { input: delta } }
          : { text: delta };
    return { data: JSON.stringify({ contentBlockDelta: { contentBlockIndex: Number(index), delta: content } }) };
  }

  readonly blocked = blockedStream;
  readonly withheld = withheldStream;
  readonly failed = failedStream;

  /** Keeps the order of blocks; answers what is wrong with it. A text block begins with its first piece. */
  #note(name: string, payload: JsonObject): string | undefined {
    if (!name.startsWith("contentBlock")) return undefined;
    const index = countAt(payload, "contentBlockIndex");
    if (index === undefined) return "A content block has no index";
    const block = this.#blocks.get(index);
    if (block !== undefined && (name === "contentBlockStart" || !block.isOpen))
      return "An event belongs to a content block that is not open";
    const isArguments = objectAt(payload, "delta")["toolUse"] !== undefined;
    if (isArguments && block?.call === undefined) return "Arguments stand in a block that calls nothing";
    if (block !== undefined) return undefined;
    if (this.#blocks.size >= BLOCKS_MAX) return "The stream has too many parts";
    const toolUse = objectAt(payload, "start")["toolUse"];
    const call =
      toolUse === undefined ? undefined : { id: stringAt(toolUse, "toolUseId"), name: stringAt(toolUse, "name") };
    this.#blocks.set(index, { call, channels: new Set(), isOpen: true });
    return undefined;
  }

  #close(payload: JsonObject): Iterable<string> {
    const block = this.#blocks.get(countAt(payload, "contentBlockIndex") ?? -1);
    if (block !== undefined) block.isOpen = false;
    return block?.channels ?? [];
  }

  #textOf(leaf: StringLeaf, suffix: string, payload: JsonObject, ends: string[]): StreamText | "opaque" | undefined {
    const steps = stepsOf(leaf.pointer);
    const [name, holder, ...inner] = steps;
    const index = countAt(payload, "contentBlockIndex") ?? 0;
    const block = this.#blocks.get(index);
    const place = placeInAnswer(steps);
    const base = { pointer: leaf.pointer, delta: leaf.value, ...place };
    const kind = name === "contentBlockDelta" && holder === "delta" ? GROWING.get(inner.join("/")) : undefined;
    const isName = name === "contentBlockStart" && inner.join("/") === "toolUse/name" && isToolName(leaf.value);
    if (block !== undefined && suffix === "" && (kind !== undefined || isName)) {
      const channel = `block/${index}/${kind ?? "input"}`;
      block.channels.add(channel);
      if (block.call !== undefined && (isName || kind === "input"))
        return {
          ...base,
          // A call without arguments is a call: its name stands for it.
          delta: isName ? "" : leaf.value,
          channel,
          role: "toolUse",
          provenance: "tool-arguments",
          kind: "tool-arguments",
          toolCall: block.call,
        };
      return { ...base, channel, kind: "text" };
    }
    if (leaf.value === "") return undefined;
    const field = steps.at(-1) ?? "";
    if (suffix === "" && ANSWER_STRINGS.isWord(steps, leaf.value, place)) return undefined;
    if (ANSWER_STRINGS.sealFields.has(field) && isOpaque(leaf.value)) return undefined;
    if (ANSWER_STRINGS.opaqueFields.has(field) && isOpaque(leaf.value)) return "opaque";
    const channel = `event/${this.#events}${leaf.pointer}${suffix}`;
    ends.push(channel);
    return { ...base, channel, kind: "whole" };
  }
}

export const createStreamDecoder = (): StreamDecoder => new ConverseStreamDecoder();
