import { scanJson, type ScannedJson } from "#platform";
import { isObject, objectAt, stringAt } from "../json/json-access.ts";
import { responseWithin } from "../json/place-within.ts";
import { readStrings } from "../json/read-strings.ts";
import type { Decoded, DecodedResponse, Endpoint } from "../protocol.ts";
import { decodeMediaAnswer } from "../openai-media/decode.ts";
import { isMediaName } from "../openai-media/words.ts";

const BODY = new Set(["body"]);
const AT = "/response/body";
const NO_FIELDS: ReadonlySet<string> = new Set();

const AROUND = {
  placeOf: () => ({ role: "assistant", provenance: "model" }) as const,
  isWord: isMediaName,
  opaqueFields: NO_FIELDS,
  sealFields: NO_FIELDS,
};

/** Decoders of answers by the `object` that they are. */
export interface AnswerDecoders {
  readonly chat: Endpoint["decodeResponse"];
  readonly response: Endpoint["decodeResponse"];
  readonly text: Endpoint["decodeResponse"];
}

const ANSWERS: ReadonlyMap<string, (decoders: AnswerDecoders) => Endpoint["decodeResponse"]> = new Map([
  ["chat.completion", ({ chat }) => chat],
  ["response", ({ response }) => response],
  ["text_completion", ({ text }) => text],
  ["list", ({ text }) => text],
]);

const decoderFor = (object: string, decoders: AnswerDecoders): Endpoint["decodeResponse"] =>
  ANSWERS.get(object)?.(decoders) ?? decodeMediaAnswer;

/** A line of a batch's results: the answer in it is read as the answer that it is. Anything else is words of its own. */
export const decodeResult =
  (decoders: AnswerDecoders): Endpoint["decodeResponse"] =>
  (body: ScannedJson, firstIndex: number): Decoded<DecodedResponse> => {
    const { value } = body;
    if (!isObject(value))
      return { ok: false, refusal: { code: "bad_response", message: "The answer is not a JSON object", pointer: "" } };
    const answer = objectAt(value, "response")["body"];
    const again = isObject(answer) ? scanJson(body.bytes, { depthMax: 64, spanKeys: BODY }) : undefined;
    const span = again?.ok === true ? again.value.spans.find(({ pointer }) => pointer === AT) : undefined;
    const outside = ({ pointer }: { readonly pointer: string }): boolean =>
      span === undefined || !pointer.startsWith(`${AT}/`);
    const own = readStrings(
      { leaves: body.leaves.filter(outside), keys: body.keys.filter(outside) },
      AROUND,
      "response",
      firstIndex,
    );
    const outer: DecodedResponse = {
      segments: own.segments,
      unscannable: [],
      toolCalls: [],
      dependents: [],
      model: "",
    };
    if (span === undefined) return { ok: true, value: outer };
    const inner = scanJson(body.bytes.subarray(span.start, span.end), { depthMax: 64 });
    if (!inner.ok) return { ok: false, refusal: { code: inner.fault.code, message: inner.fault.message } };
    const decode = decoderFor(stringAt(answer, "object"), decoders);
    const decoded = decode(inner.value, firstIndex + own.segments.length);
    if (!decoded.ok) return decoded;
    const { segments, ...rest } = responseWithin(decoded.value, { prefix: AT, byteShift: span.start });
    return { ok: true, value: { ...rest, segments: [...own.segments, ...segments] } };
  };
