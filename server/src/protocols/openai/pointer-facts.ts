import { patternOf, pointerSteps } from "../json/json-access.ts";

/** What a pointer says by itself, whatever stands there. */
export interface PointerFacts {
  readonly steps: readonly string[];
  /** Steps joined, array positions as a star. */
  readonly pattern: string;
  /** The last step. */
  readonly field: string;
  /** `/messages/N/content` and `/messages/N/role`: position of the message, else -1. */
  readonly message: number;
  /** A token of log probabilities, or an alternative to one. */
  readonly token: "own" | "alternative" | undefined;
  readonly isInLogprobs: boolean;
  /** A field that may hold encoded bytes. */
  readonly isBinaryField: boolean;
}

const MESSAGE_FIELD = /^\/messages\/([0-9]{1,9})\/(?:content|role)$/;
const TOKEN = /^\/choices\/[0-9]{1,9}\/logprobs\/(?:content|refusal)\/[0-9]{1,9}\/token$/;
const ALTERNATIVE =
  /^\/choices\/[0-9]{1,9}\/logprobs\/(?:content|refusal)\/[0-9]{1,9}\/top_logprobs\/[0-9]{1,9}\/token$/;
const LOGPROBS = /^\/choices\/[0-9]{1,9}\/logprobs(?:\/|$)/;
const BINARY_FIELD =
  /\/(?:image_url\/url|image_url|input_audio\/data|file\/file_data|video_url\/url|audio_url\/url|audio\/data)$/;

const readFacts = (pointer: string): PointerFacts => {
  const steps = pointerSteps(pointer);
  return {
    steps,
    pattern: patternOf(steps),
    field: steps.at(-1) ?? "",
    message: Number(MESSAGE_FIELD.exec(pointer)?.[1] ?? -1),
    token: TOKEN.test(pointer) ? "own" : ALTERNATIVE.test(pointer) ? "alternative" : undefined,
    isInLogprobs: LOGPROBS.test(pointer),
    isBinaryField: BINARY_FIELD.test(pointer),
  };
};

const FACTS_MAX = 4_096;
const POINTER_UNITS_MAX = 200;
const known = new Map<string, PointerFacts>();

/** Bodies have few shapes: a pointer is taken apart the first time. */
export const factsOf = (pointer: string): PointerFacts => {
  const facts = known.get(pointer);
  if (facts !== undefined) return facts;
  const made = readFacts(pointer);
  if (known.size >= FACTS_MAX) known.clear();
  if (pointer.length <= POINTER_UNITS_MAX) known.set(pointer, made);
  return made;
};
