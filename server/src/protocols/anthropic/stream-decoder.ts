import type { Usage } from "@parapet/model";
import type { StringLeaf } from "#platform";
import {
  badEvent,
  noteEncoded,
  partsOfStream,
  rewriteTexts,
  scanEvent,
  type LocatedText,
} from "../json/event-texts.ts";
import { countAt, isObject, objectAt, pointerSteps, stringAt, type JsonObject } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { isToolName } from "../json/plain-names.ts";
import type { Decoded, StreamDecoder, StreamEvent, StreamMessage, StreamText } from "../protocol.ts";
import { argumentsText } from "../json/tool-places.ts";
import { blockedStream, failedStream, withheldStream } from "./answers.ts";
import { isCall, unscannableBlocks } from "./blocks.ts";
import { answerStrings } from "./strings.ts";
import { usageOf } from "./usage.ts";

const BLOCKS_MAX = 4096;

/** Deltas that grow a text of their block: the field that holds them. */
const GROWING: ReadonlyMap<string, string> = new Map([
  ["text_delta", "text"],
  ["thinking_delta", "thinking"],
  ["input_json_delta", "partial_json"],
]);

/** Deltas that say something whole. */
const SINGLE: ReadonlySet<string> = new Set(["signature_delta", "citations_delta"]);

interface Block {
  readonly type: string;
  readonly call: { readonly id: string; readonly name: string } | undefined;
  /** Channels of the block, which end with it. */
  readonly channels: Set<string>;
  isOpen: boolean;
}

type Base = Pick<LocatedText, "pointer" | "leaf" | "delta">;

/** Events of a message: one instance per stream, events in order. */
class MessageStreamDecoder implements StreamDecoder {
  readonly #blocks = new Map<number, Block>();
  /** How to say one more delta of a channel: the delta's type and field. */
  readonly #growth = new Map<string, readonly [string, string]>();
  #events = 0;
  #usage: Usage | undefined;

  decode(data: string): Decoded<StreamEvent> {
    const scanned = scanEvent(data);
    if (!scanned.ok) return scanned;
    const scan = scanned.value;
    const { value: body } = scan;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    const type = stringAt(body, "type");
    if (!/^[a-z_]{1,64}$/.test(type)) return badEvent("An event of unknown kind", "/type");
    this.#events += 1;
    const problem = this.#note(type, body);
    if (problem !== undefined) return badEvent(problem);
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const unscannable =
      type === "content_block_start"
        ? partsOfStream(
            unscannableBlocks(body["content_block"], "/content_block", "model"),
            "/content_block",
            `/block/${countAt(body, "index")}/0`,
          )
        : [];
    const dialect = answerStrings(body);
    for (const leaf of [...scan.leaves, ...scan.keys]) {
      const text = this.#textOf(leaf, type, body, dialect, ends);
      if (text === "opaque") noteEncoded(unscannable, leaf.pointer, type);
      else if (text !== undefined) texts.push(text);
    }
    if (type === "content_block_stop") ends.push(...this.#close(body));
    const usage = this.#count(type === "message_start" ? body["message"] : body);
    const model = stringAt(objectAt(body, "message"), "model");
    const finishReason = stringAt(objectAt(body, "delta"), "stop_reason");
    return {
      ok: true,
      value: {
        name: type,
        texts,
        ends,
        unscannable,
        // Only the end of the message says that it is whole.
        unfinished: 1,
        done: type === "message_stop",
        rewrite: (deltas) => rewriteTexts(scan, texts, deltas),
        ...(model === "" ? {} : { model }),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === "" ? {} : { finishReason }),
        ...(type === "error" ? { error: stringAt(objectAt(body, "error"), "message") || "error" } : {}),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const [type, field] = this.#growth.get(channel) ?? ["text_delta", "text"];
    const index = Number(channel.split("/")[1]);
    const event = { type: "content_block_delta", index, delta: { type, [field]: delta } };
    return { name: event.type, data: JSON.stringify(event) };
  }

  readonly blocked = blockedStream;
  readonly withheld = withheldStream;
  readonly failed = failedStream;

  /** Keeps the order of blocks; answers what is wrong with it. What no block announced would be read as no block's. */
  #note(type: string, body: JsonObject): string | undefined {
    if (!type.startsWith("content_block_")) return undefined;
    const index = countAt(body, "index");
    if (index === undefined) return "A content block has no index";
    const block = this.#blocks.get(index);
    if (type !== "content_block_start") {
      if (block?.isOpen !== true) return "An event belongs to a content block that is not open";
      const delta = stringAt(objectAt(body, "delta"), "type");
      if (delta === "input_json_delta" && block.call === undefined)
        return "Arguments stand in a block that calls nothing";
      return undefined;
    }
    if (block !== undefined) return "A content block begins twice";
    if (this.#blocks.size >= BLOCKS_MAX) return "The stream has too many parts";
    const content = objectAt(body, "content_block");
    const kind = stringAt(content, "type");
    const call = isCall(kind) ? { id: stringAt(content, "id"), name: stringAt(content, "name") } : undefined;
    this.#blocks.set(index, { type: kind, call, channels: new Set(), isOpen: true });
    return undefined;
  }

  #close(body: JsonObject): Iterable<string> {
    const block = this.#blocks.get(countAt(body, "index") ?? -1);
    if (block !== undefined) block.isOpen = false;
    return block?.channels ?? [];
  }

  /** What was read is counted at the start, what was written at the end. */
  #count(holder: unknown): Usage | undefined {
    const usage = usageOf(holder);
    if (usage !== undefined) this.#usage = { ...this.#usage, ...usage };
    return usage === undefined ? undefined : this.#usage;
  }

  #textOf(
    leaf: StringLeaf,
    type: string,
    body: JsonObject,
    dialect: ReturnType<typeof answerStrings>,
    ends: string[],
  ): LocatedText | "opaque" | undefined {
    const steps = pointerSteps(leaf.pointer);
    const field = steps.at(-1) ?? "";
    const index = countAt(body, "index") ?? 0;
    const block = this.#blocks.get(index);
    const base: Base = { pointer: leaf.pointer, leaf, delta: leaf.value };
    if (block !== undefined && steps.length === 2 && type.startsWith("content_block_")) {
      const grown = this.#growing(base, steps, index, block, stringAt(objectAt(body, "delta"), "type"));
      if (grown !== undefined) return grown;
    }
    if (leaf.value === "") return undefined;
    const place = dialect.placeOf(steps);
    if (place.provenance !== "tool-arguments") {
      if (dialect.isWord(steps, leaf.value, place)) return undefined;
      if (dialect.sealFields.has(field) && isOpaque(leaf.value)) return undefined;
      if (dialect.opaqueFields.has(field) && isOpaque(leaf.value)) return "opaque";
    }
    // Anything else stands whole in its event: a text of its own that ends with it.
    const channel = `event/${this.#events}${leaf.pointer}`;
    ends.push(channel);
    const isArgument = type === "content_block_start" && place.provenance === "tool-arguments";
    if (isArgument && block?.call !== undefined)
      return {
        ...base,
        ...place,
        channel,
        kind: "tool-arguments",
        toolCall: { ...block.call, ...argumentsText(objectAt(body, "content_block")["input"]) },
      };
    return { ...base, ...place, channel, kind: "whole" };
  }

  /** A piece of a text that grows with its block, or the name with which a call begins. */
  #growing(
    base: Base,
    [holder, field = ""]: readonly string[],
    index: number,
    block: Block,
    deltaType: string,
  ): LocatedText | undefined {
    const call = block.call;
    if (holder === "content_block" && field === "name" && call !== undefined && isToolName(call.name))
      return { ...base, delta: "", ...this.#argumentsOf(index, block, call) };
    // Pieces of a kind that nobody knows are one text all the same: what is cut in two must be read as one.
    const isDelta = holder === "delta" && (GROWING.get(deltaType) ?? (SINGLE.has(deltaType) ? "" : field)) === field;
    if (field === "type") return undefined;
    const isStart = holder === "content_block" && field === block.type && (field === "text" || field === "thinking");
    if (!isDelta && !isStart) return undefined;
    if (field === "partial_json")
      return call === undefined ? undefined : { ...base, ...this.#argumentsOf(index, block, call) };
    const channel = `block/${index}/${field}`;
    block.channels.add(channel);
    this.#growth.set(channel, isDelta ? [deltaType, field] : [`${field}_delta`, field]);
    const role = field === "text" ? "assistant" : field;
    return { ...base, channel, role, provenance: "model", kind: "text" };
  }

  #argumentsOf(
    index: number,
    block: Block,
    call: { readonly id: string; readonly name: string },
  ): Pick<StreamText, "channel" | "role" | "provenance" | "kind" | "toolCall"> {
    const channel = `block/${index}/input`;
    block.channels.add(channel);
    this.#growth.set(channel, ["input_json_delta", "partial_json"]);
    return { channel, role: block.type, provenance: "tool-arguments", kind: "tool-arguments", toolCall: call };
  }
}

export const createStreamDecoder = (): StreamDecoder => new MessageStreamDecoder();
