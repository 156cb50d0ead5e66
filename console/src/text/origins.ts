import type { ArgumentOrigin, CapturedSegment, ToolCall } from "@parapet/model";

/** An argument whose value stands somewhere in the exchange; the letter is drawn in both places. */
export interface DrawnOrigin {
  readonly letter: string;
  readonly call: ToolCall;
  readonly path: string;
  readonly origin: ArgumentOrigin["origin"];
  readonly segment: number;
  readonly start: number;
  readonly end: number;
}

/** a, b … z, aa, ab …: numbers are the matches'. */
export const letterAt = (position: number): string => {
  const last = String.fromCodePoint(97 + (position % 26));
  return position < 26 ? last : letterAt(Math.floor(position / 26) - 1) + last;
};

/** Every argument of every call with a place, in order. */
export const drawOrigins = (calls: readonly ToolCall[]): readonly DrawnOrigin[] =>
  calls
    .flatMap((call) =>
      (call.facts?.origins ?? []).flatMap(({ path, origin, segment, start, end }) =>
        segment === undefined || start === undefined || end === undefined
          ? []
          : [{ call, path, origin, segment, start, end }],
      ),
    )
    .map((one, position) => ({ ...one, letter: letterAt(position) }));

const unescape = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const valueAt = (value: unknown, path: string): unknown =>
  path
    .split("/")
    .slice(1)
    .map(unescape)
    .reduce<unknown>(
      (node, step) =>
        Array.isArray(node) ? node[Number(step)] : isObject(node) && Object.hasOwn(node, step) ? node[step] : undefined,
      value,
    );

const shown = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);

/**
 * An argument as it was kept: out of the JSON text of the call, or out of the part that holds this argument alone.
 * Undefined where the text was not kept, or was redacted into something that is no JSON.
 */
export const argumentText = (
  segments: readonly CapturedSegment[],
  call: Pick<ToolCall, "segment">,
  path: string,
): string | undefined => {
  const own = segments.find(({ index }) => index === call.segment);
  if (own?.text === undefined) return undefined;
  try {
    return shown(valueAt(JSON.parse(own.text), path));
  } catch {
    // Arguments that are an object stand in the body member by member.
    const base = own.pointer.replace(/^(.*\/(?:input|args|arguments|action))\/.*$/, "$1");
    return segments.find(({ pointer }) => pointer === base + path)?.text;
  }
};
