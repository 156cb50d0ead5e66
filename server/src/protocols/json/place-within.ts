import type { DecodedRequest, DecodedResponse, KeptObject, LocatedSegment, UnscannablePart } from "../protocol.ts";

/** Where a body that was decoded by itself stands in another. */
export interface Within {
  /** Pointer of the inner body. */
  readonly prefix: string;
  readonly byteShift: number;
  readonly indexShift: number;
}

const segmentWithin = (segment: LocatedSegment, { prefix, byteShift, indexShift }: Within): LocatedSegment => ({
  ...segment,
  index: segment.index + indexShift,
  pointer: prefix + segment.pointer,
  byteStart: segment.byteStart + byteShift,
  byteEnd: segment.byteEnd + byteShift,
});

const pointedWithin = <T extends UnscannablePart | KeptObject>(one: T, { prefix }: Within): T => ({
  ...one,
  pointer: prefix + one.pointer,
});

export const segmentsWithin = (segments: readonly LocatedSegment[], within: Within): LocatedSegment[] =>
  segments.map((one) => segmentWithin(one, within));

/** A request as a part of another: its places are those in the outer body. */
export const requestWithin = (request: DecodedRequest, within: Within): DecodedRequest => {
  const { refersTo, toolCalls, toolResults } = request;
  const shifted = (index: number): number => index + within.indexShift;
  return {
    ...request,
    segments: segmentsWithin(request.segments, within),
    unscannable: request.unscannable.map((one) => pointedWithin(one, within)),
    ...(refersTo !== undefined && { refersTo: refersTo.map((one) => pointedWithin(one, within)) }),
    ...(toolCalls !== undefined && {
      toolCalls: toolCalls.map((call) => ({
        ...call,
        segment: shifted(call.segment),
        ...(call.others !== undefined && { others: call.others.map(shifted) }),
      })),
    }),
    ...(toolResults !== undefined && {
      toolResults: toolResults.map((one) => ({ ...one, segments: one.segments.map(shifted) })),
    }),
  };
};

/** The same of an answer. Its segments already count from where they belong. */
export const responseWithin = (
  response: DecodedResponse,
  { prefix, byteShift }: Omit<Within, "indexShift">,
): DecodedResponse => {
  const within = { prefix, byteShift, indexShift: 0 };
  return {
    ...response,
    segments: response.segments.map((one) => segmentWithin(one, within)),
    unscannable: response.unscannable.map((one) => pointedWithin(one, within)),
    dependents: response.dependents.map((one) => ({
      ...one,
      start: one.start + byteShift,
      end: one.end + byteShift,
    })),
  };
};
