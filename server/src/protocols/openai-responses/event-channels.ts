import { countAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";

/**
 * Where a string of an event stands in the response that the events build up. Every event that says a text says it
 * at its place, so the place is the text's channel: `item/0/content/0/text` grows by deltas and is said again by the
 * events that end the text, its part, its item and the response.
 */
export interface EventPlace {
  readonly channel: string;
  /** Index of the item; -1 beside items. */
  readonly item: number;
  /** Steps below the item, or below the response. */
  readonly steps: readonly string[];
  /** Whether this is a piece of the text, not all of it. */
  readonly isDelta: boolean;
}

/** Events whose `delta` grows a text: the place below the item; `{…}` is the index that the event gives. */
const GROWING: ReadonlyMap<string, string> = new Map([
  ["output_text", "content/{content_index}/text"],
  ["refusal", "content/{content_index}/refusal"],
  ["reasoning_text", "content/{content_index}/text"],
  ["reasoning_summary_text", "summary/{summary_index}/text"],
  ["function_call_arguments", "arguments"],
  ["mcp_call_arguments", "arguments"],
  ["custom_tool_call_input", "input"],
  ["code_interpreter_call_code", "code"],
  ["shell_call_command", "action/commands/{command_index}"],
]);

/** Fields in which the event that ends a text says it whole. */
const WHOLE_FIELDS: ReadonlySet<string> = new Set(["text", "refusal", "arguments", "input", "code", "command"]);

/** Fields of parts whose texts come in pieces. */
export const GROWING_FIELDS: ReadonlySet<string> = new Set(["text", "refusal"]);

const PART_PLACES: ReadonlyMap<string, string> = new Map([
  ["content_part", "content/{content_index}"],
  ["reasoning_summary_part", "summary/{summary_index}"],
  ["output_text.annotation", "content/{content_index}/annotations/{annotation_index}"],
]);

const EVENT = /^response\.([a-z_]{1,64}(?:\.[a-z_]{1,64})?)\.(delta|done|added)$/;

const fill = (pattern: string, body: JsonObject): readonly string[] | undefined => {
  const steps = pattern.split("/").map((step) => {
    const index = step.startsWith("{") ? countAt(body, step.slice(1, -1)) : undefined;
    return step.startsWith("{") ? index?.toString() : step;
  });
  return steps.every((step) => step !== undefined) ? steps : undefined;
};

const atItem = (item: number, steps: readonly string[], isDelta: boolean): EventPlace => ({
  channel: ["item", item, ...steps].join("/"),
  item,
  steps,
  isDelta,
});

/** Place of the string at `steps` of an event; undefined when it stands nowhere in the response. */
export const placeOfString = (type: string, body: JsonObject, steps: readonly string[]): EventPlace | undefined => {
  const [holder = "", ...rest] = steps;
  if (holder === "response") {
    const [field, index = "", ...inner] = rest;
    if (field === "output" && inner.length > 0) return atItem(Number(index), inner, false);
    return { channel: steps.join("/"), item: -1, steps: rest, isDelta: false };
  }
  const item = countAt(body, "output_index");
  const [, kind = "", phase = ""] = EVENT.exec(type) ?? [];
  const isPiece = holder === "delta" && rest.length === 0 && phase === "delta";
  const grown = rest.length === 0 ? fill(GROWING.get(kind) ?? "{none}", body) : undefined;
  // Pieces that nobody knows a place for are one text all the same: what is cut in two must be read as one.
  if (isPiece && (item === undefined || grown === undefined))
    return { channel: ["delta", kind, item ?? ""].join("/"), item: -1, steps: ["delta"], isDelta: true };
  if (item === undefined) return undefined;
  if (holder === "item" && kind === "output_item") return atItem(item, rest, false);
  if (holder === "part" || holder === "annotation") {
    const around = fill(PART_PLACES.get(kind) ?? "{none}", body);
    const isBegun = phase === "added" && GROWING_FIELDS.has(rest.join("/"));
    return around === undefined ? undefined : atItem(item, [...around, ...rest], isBegun);
  }
  if (holder === "name") return atItem(item, steps, false);
  if (grown === undefined) return undefined;
  if (isPiece) return atItem(item, grown, true);
  return phase !== "delta" && WHOLE_FIELDS.has(holder) ? atItem(item, grown, phase === "added") : undefined;
};

/** The item that an event announces or completes. */
export const itemsOf = (type: string, body: JsonObject): readonly (readonly [number, JsonObject])[] => {
  const item = body["item"];
  const index = countAt(body, "output_index");
  if (isObject(item) && index !== undefined && type.startsWith("response.output_item.")) return [[index, item]];
  const output = objectAt(body, "response")["output"];
  return Array.isArray(output)
    ? output.flatMap((one: unknown, at): readonly (readonly [number, JsonObject])[] =>
        isObject(one) ? [[at, one]] : [],
      )
    : [];
};

/** Whether an event is the last of its stream. */
export const isLast = (type: string): boolean =>
  type === "response.completed" || type === "response.incomplete" || type === "response.failed";

export const errorOf = (type: string, body: JsonObject): string | undefined => {
  if (type === "error") return stringAt(body, "message") || stringAt(objectAt(body, "error"), "message") || "error";
  const message = stringAt(objectAt(objectAt(body, "response"), "error"), "message");
  return type === "response.failed" ? message || "failed" : undefined;
};
