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
import { arrayAt, isObject, objectAt, stringAt } from "../json/json-access.ts";
import { argumentsText } from "../json/tool-places.ts";
import { isTokenOfText, repeatsText } from "./log-probabilities.ts";
import { factsOf } from "./pointer-facts.ts";
import { toolCallProblem } from "./tool-call-shape.ts";
import { isBinaryData, withEncodedBytes } from "./unscannable-parts.ts";
import { usageOf } from "./usage.ts";

const SPAN_KEYS = new Set(["logprobs"]);

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

interface Strings {
  readonly segments: LocatedSegment[];
  readonly encoded: StringLeaf[];
}

const stringsOf = (body: ScannedJson, firstIndex: number): Strings => {
  const segments: LocatedSegment[] = [];
  const encoded: StringLeaf[] = [];
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
    const facts = factsOf(leaf.pointer);
    if (isTokenOfText(facts, leaf.value)) continue;
    if (isBinaryData(facts, leaf.value)) {
      encoded.push(leaf);
      continue;
    }
    if (!isClosedResponseValue(facts.pattern, facts.field, leaf.value)) add(leaf, placeOf(facts.steps));
  }
  for (const key of body.keys) add(key, placeOf(factsOf(key.pointer).steps));
  return { segments, encoded };
};

const callOf = (call: unknown, pointer: string, byPointer: ReadonlyMap<string, number>): DecodedToolCall[] => {
  for (const [kind, field] of [
    ["function", "arguments"],
    ["custom", "input"],
  ] as const) {
    // A call without arguments is a call: its name stands for it.
    const segment = byPointer.get(`${pointer}/${kind}/${field}`) ?? byPointer.get(`${pointer}/${kind}/name`);
    if (segment === undefined) continue;
    const inner = objectAt(call, kind);
    return [{ id: stringAt(call, "id"), name: stringAt(inner, "name"), segment, ...argumentsText(inner[field]) }];
  }
  return [];
};

const hasCalls = (choice: unknown): boolean => {
  const message = objectAt(choice, "message");
  return message["tool_calls"] !== undefined || message["function_call"] !== undefined;
};

const callsOf = (choice: unknown, pointer: string, byPointer: ReadonlyMap<string, number>): DecodedToolCall[] => {
  const message = objectAt(choice, "message");
  const old =
    byPointer.get(`${pointer}/message/function_call/arguments`) ??
    byPointer.get(`${pointer}/message/function_call/name`);
  return [
    ...arrayAt(message, "tool_calls").flatMap((call, index) =>
      callOf(call, `${pointer}/message/tool_calls/${index}`, byPointer),
    ),
    ...(old === undefined
      ? []
      : [
          {
            id: "",
            name: stringAt(objectAt(message, "function_call"), "name"),
            segment: old,
            ...argumentsText(objectAt(message, "function_call")["arguments"]),
          },
        ]),
  ];
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
  if (!repeatsText(choice, message))
    found.push({
      pointer: `${pointer}/logprobs`,
      provenance: "model",
      reason: "log probabilities that say something else than the message",
    });
  return found;
};

/** Log probabilities spell the message out once more, so they go when any text of their choice is edited. */
const dependentsOf = (body: ScannedJson, segments: readonly LocatedSegment[]): DependentBytes[] => {
  if (!body.leaves.some(({ pointer }) => factsOf(pointer).isInLogprobs)) return [];
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
  for (const [index, choice] of arrayAt(value, "choices").entries()) {
    const message = toolCallProblem(objectAt(choice, "message"));
    if (message !== undefined)
      return { ok: false, refusal: { code: "bad_response", message, pointer: `/choices/${index}/message` } };
  }
  const { segments, encoded } = stringsOf(body, firstIndex);
  const all = arrayAt(value, "choices");
  const toolCalls = (): DecodedToolCall[] => {
    const byPointer = new Map(segments.map(({ pointer, index }) => [pointer, index]));
    return all.flatMap((choice, index) => callsOf(choice, `/choices/${index}`, byPointer));
  };
  const usage = usageOf(value);
  const finishReason = all.map((choice) => stringAt(choice, "finish_reason")).find((reason) => reason !== "");
  return {
    ok: true,
    value: {
      segments,
      unscannable: withEncodedBytes(
        all.flatMap((choice, index) => unscannableOf(choice, `/choices/${index}`)),
        encoded,
        "model",
      ),
      toolCalls: all.some(hasCalls) ? toolCalls() : [],
      dependents: dependentsOf(body, segments),
      model: stringAt(value, "model"),
      ...(usage === undefined ? {} : { usage }),
      ...(finishReason === undefined ? {} : { finishReason }),
    },
  };
};
