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

/** A request as a part of another: its places are those in the outer body. */
export const requestWithin = (request: DecodedRequest, within: Within): DecodedRequest => {
  const { indexShift } = within;
  const shifted = (index: number): number => index + indexShift;
  return {
    ...request,
    segments: request.segments.map((one) => segmentWithin(one, within)),
    unscannable: request.unscannable.map((one) => pointedWithin(one, within)),
    refersTo: (request.refersTo ?? []).map((one) => pointedWithin(one, within)),
    toolCalls: (request.toolCalls ?? []).map((call) => ({
      ...call,
      segment: shifted(call.segment),
      ...(call.others !== undefined && { others: call.others.map(shifted) }),
    })),
    toolResults: (request.toolResults ?? []).map((one) => ({ ...one, segments: one.segments.map(shifted) })),
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
