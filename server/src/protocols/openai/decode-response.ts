import type { Provenance } from "@parapet/model";
import { scanJson, type ScannedJson, type StringLeaf } from "#platform";
import type {
  Decoded,
  DecodedResponse,
  DecodedToolCall,
  DependentBytes,
  LocatedSegment,
  UnscannablePart,
} from "../protocol.ts";
import { isClosedResponseValue } from "./closed-values.ts";
import { arrayAt, isObject, objectAt, patternOf, pointerSteps, stringAt } from "./json-access.ts";
import { isBinaryData } from "./unscannable-parts.ts";
import { usageOf } from "./usage.ts";

const SPAN_KEYS = new Set(["logprobs"]);
const LOGPROBS = /^\/choices\/[0-9]{1,9}\/logprobs(?:\/|$)/;

interface Place {
  readonly role: string;
  readonly provenance: Provenance;
}

const placeOf = (steps: readonly string[]): Place => {
  if (steps[0] !== "choices") return { role: steps[0] ?? "", provenance: "model" };
  const last = steps.at(-1);
  const field = steps[3] ?? steps[2] ?? "choices";
  if (field === "content") return { role: "assistant", provenance: "model" };
  if ((field === "tool_calls" || field === "function_call") && (last === "arguments" || last === "input"))
    return { role: field, provenance: "tool-arguments" };
  return { role: field, provenance: "model" };
};

const segmentsOf = (body: ScannedJson, firstIndex: number): LocatedSegment[] => {
  const segments: LocatedSegment[] = [];
  const add = ({ pointer, value, start, end }: StringLeaf, { role, provenance }: Place): void => {
    segments.push({
      index: firstIndex + segments.length,
      direction: "response",
      pointer,
      role,
      provenance,
      text: value,
      byteStart: start,
      byteEnd: end,
    });
  };
  for (const leaf of body.leaves) {
    if (LOGPROBS.test(leaf.pointer) || isBinaryData(leaf.pointer, leaf.value)) continue;
    const steps = pointerSteps(leaf.pointer);
    if (!isClosedResponseValue(patternOf(steps), steps.at(-1) ?? "", leaf.value)) add(leaf, placeOf(steps));
  }
  for (const key of body.keys) if (!LOGPROBS.test(key.pointer)) add(key, placeOf(pointerSteps(key.pointer)));
  return segments;
};

const callOf = (call: unknown, pointer: string, byPointer: ReadonlyMap<string, number>): DecodedToolCall[] => {
  for (const [kind, field] of [
    ["function", "arguments"],
    ["custom", "input"],
  ] as const) {
    const segment = byPointer.get(`${pointer}/${kind}/${field}`);
    if (segment !== undefined)
      return [{ id: stringAt(call, "id"), name: stringAt(objectAt(call, kind), "name"), segment }];
  }
  return [];
};

const callsOf = (choice: unknown, pointer: string, byPointer: ReadonlyMap<string, number>): DecodedToolCall[] => {
  const message = objectAt(choice, "message");
  const old = byPointer.get(`${pointer}/message/function_call/arguments`);
  return [
    ...arrayAt(message, "tool_calls").flatMap((call, index) =>
      callOf(call, `${pointer}/message/tool_calls/${index}`, byPointer),
    ),
    ...(old === undefined
      ? []
      : [{ id: "", name: stringAt(objectAt(message, "function_call"), "name"), segment: old }]),
  ];
};

/** Whether log probabilities say only what the message says; tokens may cut characters, their bytes do not. */
const repeatsMessage = (choice: unknown): boolean => {
  const message = objectAt(choice, "message");
  const logprobs = objectAt(choice, "logprobs");
  return ["content", "refusal"].every((field) => {
    const tokens = arrayAt(logprobs, field);
    if (tokens.length === 0) return true;
    const text = stringAt(message, field);
    if (tokens.map((token) => stringAt(token, "token")).join("") === text) return true;
    const bytes = tokens.flatMap((token) => arrayAt(token, "bytes")).filter((byte) => typeof byte === "number");
    return bytes.length > 0 && Buffer.from(bytes).toString() === text;
  });
};

const unscannableOf = (choice: unknown, pointer: string): UnscannablePart[] => {
  const message = objectAt(choice, "message");
  const found: UnscannablePart[] = [];
  if (isObject(message["audio"]))
    found.push({ pointer: `${pointer}/message/audio`, provenance: "model", reason: "audio" });
  if (arrayAt(message, "images").length > 0)
    found.push({ pointer: `${pointer}/message/images`, provenance: "model", reason: "image" });
  arrayAt(message, "content").forEach((part, index) => {
    const type = stringAt(part, "type");
    if (typeof part !== "string" && type !== "text" && type !== "refusal")
      found.push({
        pointer: `${pointer}/message/content/${index}`,
        provenance: "model",
        reason: "a part that is not text",
      });
  });
  if (!repeatsMessage(choice))
    found.push({
      pointer: `${pointer}/logprobs`,
      provenance: "model",
      reason: "log probabilities that say something else than the message",
    });
  return found;
};

/** Log probabilities spell the message out once more, so they go when any text of their choice is edited. */
const dependentsOf = (body: ScannedJson, segments: readonly LocatedSegment[]): DependentBytes[] => {
  if (!body.leaves.some(({ pointer }) => LOGPROBS.test(pointer))) return [];
  const scan = scanJson(body.bytes, { depthMax: Number.MAX_SAFE_INTEGER, spanKeys: SPAN_KEYS });
  if (!scan.ok) return [];
  return scan.value.spans
    .filter(({ pointer }) => /^\/choices\/[0-9]{1,9}\/logprobs$/.test(pointer))
    .map(({ pointer, start, end }) => {
      const choice = pointer.slice(0, -"logprobs".length);
      return {
        start,
        end,
        token: "null",
        segments: segments.filter((segment) => segment.pointer.startsWith(choice)).map(({ index }) => index),
      };
    });
};

/** A completion, a list of models or an error body: every string that is no name of the protocol is a segment. */
export const decodeResponse = (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
  const { value } = body;
  if (!isObject(value))
    return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
  const { choices } = value;
  if (choices !== undefined && choices !== null && !Array.isArray(choices)) {
    return { ok: false, refusal: { code: "bad_response", message: "choices is not an array", pointer: "/choices" } };
  }
  const segments = segmentsOf(body, firstIndex);
  const byPointer = new Map(segments.map(({ pointer, index }) => [pointer, index]));
  const all = arrayAt(value, "choices");
  const usage = usageOf(value);
  const finishReason = all.map((choice) => stringAt(choice, "finish_reason")).find((reason) => reason !== "");
  return {
    ok: true,
    value: {
      segments,
      unscannable: all.flatMap((choice, index) => unscannableOf(choice, `/choices/${index}`)),
      toolCalls: all.flatMap((choice, index) => callsOf(choice, `/choices/${index}`, byPointer)),
      dependents: dependentsOf(body, segments),
      model: stringAt(value, "model"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  };
};
