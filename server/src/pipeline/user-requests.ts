import type { Category, Provenance, RecordedMatch, Segment } from "@parapet/model";
import type { InspectionContext } from "#detectors";

/** What the user gives a model to read; its requests are somebody else's. */
const GIVEN: ReadonlySet<Provenance> = new Set(["document", "tool-result"]);

const isRequest = ({ role, provenance }: Segment): boolean => provenance === "user" && role === "user";

/**
 * What the user asked, as of each segment: the message before a document or tool result, or the first one where the
 * document stands before it. In a conversation that goes on, a segment keeps its request, so what is remembered of it
 * stays true.
 */
export const createRequestReader = (segments: readonly Segment[]) => {
  let asked = segments.find(isRequest)?.text;
  let lastContext: InspectionContext | undefined;
  /** Call once for each segment, in order. Undefined for segments that are nobody's to read. */
  const requestFor = (segment: Segment): string | undefined => {
    if (isRequest(segment)) asked = segment.text;
    return GIVEN.has(segment.provenance) ? asked : undefined;
  };
  /** One object for segments of one request. */
  const contextFor = (context: InspectionContext, userRequest: string | undefined): InspectionContext => {
    if (userRequest === undefined) return context;
    if (lastContext?.userRequest !== userRequest) lastContext = { ...context, userRequest };
    return lastContext;
  };
  return { requestFor, contextFor };
};

const ASKING: ReadonlySet<Category> = new Set(["requested_action", "prompt_injection"]);
const REQUESTS_MAX = 20;
const REQUEST_UNITS_MAX = 500;

/** What the answer is judged with: what the user asked last, and what documents and tool results asked. */
export const answerContext = (
  context: InspectionContext,
  segments: readonly Segment[],
  matches: readonly RecordedMatch[],
): InspectionContext => {
  const asking = matches.filter(({ category, provenance }) => ASKING.has(category) && GIVEN.has(provenance));
  if (asking.length === 0) return context;
  const userRequest = segments.findLast(isRequest)?.text;
  const foreignRequests = asking.slice(0, REQUESTS_MAX).flatMap(({ segment, start, end, provenance }) => {
    const text = segments
      .find(({ index }) => index === segment)
      ?.text.slice(start, Math.min(end, start + REQUEST_UNITS_MAX));
    return text === undefined || text === "" ? [] : [{ text, provenance }];
  });
  return { ...context, ...(userRequest !== undefined && { userRequest }), foreignRequests };
};
