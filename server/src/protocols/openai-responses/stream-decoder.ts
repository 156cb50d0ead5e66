import type { ScannedJson, StringLeaf } from "#platform";
import {
  badEvent,
  noteEncoded,
  partsOfStream,
  rewriteTexts,
  scanEvent,
  type LocatedText,
} from "../json/event-texts.ts";
import { countAt, isObject, pointerSteps, stringAt, type JsonObject } from "../json/json-access.ts";
import { isOpaque } from "../json/opaque-values.ts";
import { isToolName } from "../json/plain-names.ts";
import type { Place } from "../json/read-strings.ts";
import type { BlockNotice, Decoded, StreamDecoder, StreamEvent, StreamMessage, UnscannablePart } from "../protocol.ts";
import { blockedStream, failedStream } from "./answers.ts";
import { finishOf, keptOf, usageOf } from "./decode-response.ts";
import { errorOf, GROWING_FIELDS, isLast, itemsOf, placeOfString, type EventPlace } from "./event-channels.ts";
import { argumentsText } from "../json/tool-places.ts";
import { callOf, growingArguments, inputOf, placeInItem, typeOf, unscannableOfItem } from "./items.ts";
import { isTokenAgain, saysTheSame } from "./spelled-again.ts";
import { answerStrings, placeInObject } from "./strings.ts";

const ITEMS_MAX = 4096;

interface Item {
  readonly value: JsonObject;
  readonly channels: Set<string>;
}

/** How to say one more delta of a channel. */
interface Growth {
  readonly type: string;
  readonly place: Readonly<Record<string, unknown>>;
}

/** Events of a response: one instance per stream, events in order. */
class ResponseStreamDecoder implements StreamDecoder {
  readonly #items = new Map<number, Item>();
  readonly #growth = new Map<string, Growth>();
  readonly #channels = new Set<string>();
  #events = 0;
  #sequence = 0;

  decode(data: string): Decoded<StreamEvent> {
    const scanned = scanEvent(data);
    if (!scanned.ok) return scanned;
    const { value: body } = scanned.value;
    if (!isObject(body)) return badEvent("An event is not a JSON object");
    const type = stringAt(body, "type");
    if (!/^[a-z_.]{1,100}$/.test(type)) return badEvent("An event of unknown kind", "/type");
    this.#events += 1;
    this.#sequence = countAt(body, "sequence_number") ?? this.#sequence;
    for (const [index, value] of itemsOf(type, body)) {
      const known = this.#items.get(index);
      // A call judged under one name must not run under another.
      if (known !== undefined && callOf(known.value)?.name !== callOf(value)?.name)
        return badEvent("An item changes its kind or name");
      this.#items.set(index, { value, channels: known?.channels ?? new Set() });
    }
    if (this.#items.size > ITEMS_MAX || this.#channels.size > ITEMS_MAX)
      return badEvent("The stream has too many parts");
    const index = countAt(body, "output_index");
    if (type.endsWith(".delta") && index !== undefined && !this.#items.has(index))
      return badEvent("An event belongs to an item that was not announced");
    return this.#event(scanned.value, body, type);
  }

  #event(scan: ScannedJson, body: JsonObject, type: string): Decoded<StreamEvent> {
    const ends: string[] = [];
    const texts: LocatedText[] = [];
    const unscannable: UnscannablePart[] = itemsOf(type, body).flatMap(([index, item]) => {
      const at = item === body["item"] ? "/item" : `/response/output/${index}`;
      return partsOfStream(unscannableOfItem(item, at), at, `/item/${index}`);
    });
    for (const leaf of [...scan.leaves, ...scan.keys]) {
      const steps = pointerSteps(leaf.pointer);
      if (isTokenAgain(body, leaf.pointer, steps, leaf.value)) continue;
      const text = this.#textOf(leaf, steps, type, body, ends);
      if (text === "opaque") noteEncoded(unscannable, leaf.pointer, type);
      else if (text !== undefined) {
        // Two deltas of one text in one event could not be rewritten apart.
        if (texts.some(({ channel }) => channel === text.channel)) return badEvent("A text stands twice in one event");
        texts.push(text);
        this.#channels.add(text.channel);
      }
    }
    if (!saysTheSame(body))
      unscannable.push({
        pointer: "/logprobs",
        provenance: "model",
        reason: "log probabilities that say something else",
      });
    const index = countAt(body, "output_index") ?? -1;
    if (type === "response.output_item.done") ends.push(...(this.#items.get(index)?.channels ?? []));
    const { response } = body;
    const usage = usageOf(response);
    const model = stringAt(response, "model");
    const finishReason = isLast(type) ? finishOf(response) : "";
    const error = errorOf(type, body);
    return {
      ok: true,
      value: {
        name: type,
        texts,
        ends,
        unscannable,
        unfinished: 1,
        done: isLast(type),
        keeps: isObject(response) ? keptOf(response) : [],
        rewrite: (deltas) => rewriteTexts(scan, texts, deltas, "[]"),
        ...(model === "" ? {} : { model }),
        ...(usage === undefined ? {} : { usage }),
        ...(finishReason === "" ? {} : { finishReason }),
        ...(error === undefined ? {} : { error }),
      },
    };
  }

  flush(channel: string, delta: string): StreamMessage {
    const { type, place } = this.#growth.get(channel) ?? { type: "response.output_text.delta", place: {} };
    const logprobs = type === "response.output_text.delta" ? { logprobs: [] } : {};
    return {
      name: type,
      data: JSON.stringify({ type, ...place, delta, ...logprobs, sequence_number: this.#sequence }),
    };
  }

  blocked(notice: BlockNotice): readonly StreamMessage[] {
    return blockedStream(notice, this.#sequence + 1);
  }

  failed(notice: { readonly code: string; readonly message: string }): readonly StreamMessage[] {
    return failedStream(notice, this.#sequence + 1);
  }

  #textOf(
    leaf: StringLeaf,
    steps: readonly string[],
    type: string,
    body: JsonObject,
    ends: string[],
  ): LocatedText | "opaque" | undefined {
    const base = { pointer: leaf.pointer, leaf, delta: leaf.value };
    const at = placeOfString(type, body, steps);
    const item = at === undefined ? undefined : this.#items.get(at.item);
    const place = this.#placeOf(at, item, steps);
    const call = item === undefined ? undefined : callOf(item.value);
    if (at !== undefined && item !== undefined && call !== undefined) {
      const begun = this.#begunCall(at, item, call);
      if (begun !== undefined) return { ...base, ...begun, delta: "" };
      // A call's name is judged with the call.
      if (at.steps.join("/") === "name" && isToolName(leaf.value)) return undefined;
    }
    const isGrowing = at?.isDelta === true && (item !== undefined || at.item === -1);
    if (isGrowing && at.item === -1 && isOpaque(leaf.value)) return "opaque";
    if (leaf.value === "" && !isGrowing) return undefined;
    if (place.provenance !== "tool-arguments" && !isGrowing) {
      const dialect = answerStrings(() => place);
      if (dialect.isWord(steps, leaf.value, place)) return undefined;
      if (dialect.opaqueFields.has(steps.at(-1) ?? "") && isOpaque(leaf.value)) return "opaque";
    }
    if (at === undefined || (at.item !== -1 && item === undefined)) {
      // It stands in its event alone: a text of its own that ends with it.
      const channel = `event/${this.#events}${leaf.pointer}`;
      ends.push(channel);
      return { ...base, ...place, channel, kind: "whole" };
    }
    item?.channels.add(at.channel);
    if (at.isDelta) this.#growth.set(at.channel, growthOf(type, at.steps, body));
    const isArgument = place.provenance === "tool-arguments" && call !== undefined;
    const isText = at.isDelta || GROWING_FIELDS.has(at.steps.at(-1) ?? "");
    const kind = isArgument ? "tool-arguments" : isText ? "text" : "whole";
    const again = at.isDelta ? "later" : "now";
    const toolCall = isArgument ? { ...call, ...wholeArguments(item?.value) } : undefined;
    return { ...base, ...place, channel: at.channel, kind, again, ...(toolCall !== undefined && { toolCall }) };
  }

  /** A call is one from the event that names it: it waits for its arguments. */
  #begunCall(
    at: EventPlace,
    item: Item,
    call: { readonly id: string; readonly name: string },
  ): Omit<LocatedText, "pointer" | "leaf" | "delta"> | undefined {
    const field = growingArguments(typeOf(item.value));
    const isName = at.steps.length === 1 && (at.steps[0] === "name" || at.steps[0] === "type");
    if (field === undefined || !isName || !isToolName(call.name)) return undefined;
    if (at.steps[0] === "type" && typeof item.value["name"] === "string") return undefined;
    const channel = `item/${at.item}/${field}`;
    if (stringAt(item.value, field) !== "" || this.#channels.has(channel)) return undefined;
    item.channels.add(channel);
    const place = placeInItem(item.value, [field]);
    return { ...place, channel, kind: "tool-arguments", again: "later", toolCall: call };
  }

  #placeOf(at: EventPlace | undefined, item: Item | undefined, steps: readonly string[]): Place {
    if (at === undefined) return { role: steps.at(-1) ?? "", provenance: "model" };
    if (item !== undefined) return placeInItem(item.value, at.steps);
    return at.item === -1 ? placeInObject({}, "output", at.steps) : { role: "assistant", provenance: "model" };
  }
}

/** Arguments that come at once, as an object of which each string is a text of its own. */
const wholeArguments = (item: unknown): { readonly arguments?: string } =>
  growingArguments(typeOf(item)) === undefined ? argumentsText(inputOf(item).value) : {};

const PLACE_FIELDS = ["item_id", "output_index", "content_index", "summary_index", "command_index"];

const BEGUN: ReadonlyMap<string, string> = new Map([
  ["summary", "reasoning_summary_text"],
  ["refusal", "refusal"],
]);

/** A text that a part began with grows by the events of its kind. */
const growthOf = (type: string, steps: readonly string[], body: JsonObject): Growth => ({
  type: type.endsWith(".delta")
    ? type
    : `response.${BEGUN.get(steps[0] ?? "") ?? BEGUN.get(steps.at(-1) ?? "") ?? "output_text"}.delta`,
  place: Object.fromEntries(PLACE_FIELDS.filter((field) => field in body).map((field) => [field, body[field]])),
});

export const createStreamDecoder = (): StreamDecoder => new ResponseStreamDecoder();
