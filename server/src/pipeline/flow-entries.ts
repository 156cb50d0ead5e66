import type { RecordedMatch, Segment } from "@parapet/model";
import type { FlowEntry } from "#agents";
import type { DecodedRequest, DecodedToolCall, DecodedToolResult } from "#protocols";

/**
 * Something that entered a session. Two are the same when group and texts are: a conversation is sent again with
 * every request, and what is in the session already is not added twice.
 */
export interface Entered {
  readonly group: string;
  readonly texts: readonly string[];
  /** Where each text stands in the exchange that brings it; -1 where it has no segment. */
  readonly segments: readonly number[];
  /** Whether the model or a tool has spoken: a conversation without that only begins. */
  readonly isAnswer: boolean;
  readonly toFlow: (texts: readonly string[], positions: readonly number[]) => FlowEntry;
}

export const enteredText = (
  { provenance, role, text, index }: Pick<Segment, "provenance" | "role" | "text" | "index">,
  matches: readonly RecordedMatch[],
): Entered => ({
  group: `said ${provenance}`,
  texts: [text],
  segments: [index],
  isAnswer: provenance === "model",
  toFlow: ([said = ""], [position = -1]) => ({
    kind: "said",
    provenance,
    role,
    text: said,
    segment: position,
    matches,
  }),
});

export const enteredCall = ({
  id,
  name,
  server = "",
  arguments: written = "{}",
}: Pick<DecodedToolCall, "id" | "name" | "arguments" | "server">): Entered => ({
  group: ["called", id, name, server].join("\u0000"),
  texts: [written],
  segments: [-1],
  isAnswer: true,
  toFlow: ([text = ""]) => ({ kind: "called", id, name, server, arguments: text }),
});

/** What a tool answered. */
export interface ReturnedTexts {
  readonly call: string;
  readonly name: string;
  readonly server?: string;
  readonly segments: readonly { readonly index: number; readonly text: string }[];
}

export const enteredResult = (
  { call, name, server = "", segments }: ReturnedTexts,
  matches: readonly RecordedMatch[],
  isTainted = false,
): Entered => {
  return {
    group: ["returned", call, name, server, isTainted].join("\u0000"),
    texts: segments.map(({ text }) => text),
    segments: segments.map(({ index }) => index),
    isAnswer: true,
    // Whatever is declared of the tool: outsiders may have written this.
    toFlow: (texts, positions) =>
      isTainted
        ? {
            kind: "said",
            provenance: "document",
            role: name,
            text: texts.join("\n"),
            segment: positions[0] ?? -1,
            matches,
          }
        : {
            kind: "returned",
            call,
            name,
            server,
            texts: texts.map((text, at) => ({ text, segment: positions[at] ?? -1 })),
            matches,
          },
  };
};

/** The tool that answered, which often only the call names. */
export const toolOfResult = ({ toolCalls = [] }: DecodedRequest): ((result: DecodedToolResult) => string) => {
  const names = new Map(toolCalls.map(({ id, name }) => [id, name]));
  return ({ call, name }) => name || (names.get(call) ?? "");
};

const NOTHING: ReadonlySet<string> = new Set();

/**
 * What a request brings, in the order of its body.
 * @param tainted tools whose answers outsiders may have written whatever is declared
 */
export const entriesOf = (
  decoded: DecodedRequest,
  matches: readonly RecordedMatch[],
  tainted = NOTHING,
): readonly Entered[] => {
  const { segments, toolCalls = [], toolResults = [], unscannable } = decoded;
  const callAt = new Map<number, DecodedToolCall>(toolCalls.map((call) => [call.segment, call]));
  const inCall = new Set(toolCalls.flatMap(({ segment, others = [] }) => [segment, ...others]));
  const resultAt = new Map<number, DecodedToolResult>();
  const inResult = new Set<number>();
  for (const result of toolResults) {
    const [first = -1] = result.segments;
    resultAt.set(first, result);
    for (const index of result.segments) inResult.add(index);
  }
  const found = Map.groupBy(matches, ({ segment }) => segment);
  const entries: Entered[] = [];
  const nameOf = toolOfResult(decoded);
  const addResult = (result: DecodedToolResult): void => {
    const texts = result.segments.flatMap((index) => {
      const segment = segments[index];
      return segment === undefined ? [] : [{ index, text: segment.text }];
    });
    const name = nameOf(result);
    const own = result.segments.flatMap((index) => found.get(index) ?? []);
    entries.push(enteredResult({ call: result.call, name, segments: texts }, own, tainted.has(name)));
  };
  for (const segment of segments) {
    const { index } = segment;
    const result = resultAt.get(index);
    const call = callAt.get(index);
    if (result !== undefined) addResult(result);
    else if (call !== undefined) entries.push(enteredCall(call));
    else if (!inResult.has(index) && !inCall.has(index)) entries.push(enteredText(segment, found.get(index) ?? []));
  }
  for (const result of toolResults) if (result.segments.length === 0) addResult(result);
  // Nobody here knows what a picture or a file says, only who could have made it.
  for (const { provenance, reason } of unscannable)
    entries.push(enteredText({ provenance, role: reason, text: "", index: -1 }, []));
  return entries;
};
