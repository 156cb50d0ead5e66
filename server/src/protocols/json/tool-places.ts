import type {
  DecodedToolCall,
  DecodedToolDefinition,
  DecodedToolResult,
  LocatedSegment,
  ToolTraffic,
} from "../protocol.ts";

/** A call of an earlier answer, by where it stands. */
export interface CallPlace {
  readonly id: string;
  readonly name: string;
  /** What it was called with: a string as it stands, anything else becomes JSON text. */
  readonly input: unknown;
  /** The whole call, and what it is called with. */
  readonly pointer: string;
  readonly inputPointer: string;
}

export interface ResultPlace {
  readonly call: string;
  readonly name: string;
  /** Everything below is what the tool answered. */
  readonly pointer: string;
}

/** What a request says of tools, in the order of its body. */
export interface ToolPlaces {
  readonly calls: readonly CallPlace[];
  readonly results: readonly ResultPlace[];
  readonly definitions: readonly DecodedToolDefinition[];
}

/** JSON text of arguments: as it stands where it is text, else written again. Absent where there are none. */
export const argumentsText = (input: unknown): { readonly arguments?: string } => {
  if (input === undefined || input === null || input === "") return {};
  return { arguments: typeof input === "string" ? input : JSON.stringify(input) };
};

/** Length of a pointer's first `steps` steps; -1 when it has fewer. */
const cutAt = (pointer: string, steps: number): number => {
  let at = 0;
  for (let step = 0; step < steps; step += 1) {
    at = pointer.indexOf("/", at + 1);
    if (at === -1) return step === steps - 1 ? pointer.length : -1;
  }
  return at;
};

const depthOf = (pointer: string): number => pointer.split("/").length - 1;

/** Indexes of the segments at or below each of the pointers, in order. */
const segmentsUnder = (
  segments: readonly LocatedSegment[],
  pointers: readonly string[],
): ReadonlyMap<string, readonly number[]> => {
  const found = new Map<string, number[]>(pointers.map((pointer) => [pointer, []]));
  const depths = [...new Set(pointers.map(depthOf))];
  for (const { pointer, index } of segments) {
    for (const depth of depths) {
      const cut = cutAt(pointer, depth);
      if (cut !== -1) found.get(pointer.slice(0, cut))?.push(index);
    }
  }
  return found;
};

const NO_TRAFFIC: ToolTraffic = {};

/** Finds the segments of calls and results. A body without tools costs nothing. */
export const placeTools = (
  segments: readonly LocatedSegment[],
  { calls, results, definitions }: ToolPlaces,
): ToolTraffic => {
  if (calls.length === 0 && results.length === 0)
    return definitions.length === 0 ? NO_TRAFFIC : { toolDefinitions: definitions };
  const under = segmentsUnder(segments, [
    ...calls.flatMap(({ pointer, inputPointer }) => [pointer, inputPointer]),
    ...results.map(({ pointer }) => pointer),
  ]);
  const toolCalls = calls.flatMap(({ id, name, input, pointer, inputPointer }): DecodedToolCall[] => {
    // A call without texts is a call: its name stands for it.
    const [segment = under.get(pointer)?.[0], ...others] = under.get(inputPointer) ?? [];
    return segment === undefined ? [] : [{ id, name, segment, others, ...argumentsText(input) }];
  });
  const toolResults = results.map(({ call, name, pointer }): DecodedToolResult => ({
    call,
    name,
    segments: under.get(pointer) ?? [],
  }));
  return {
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(toolResults.length > 0 && { toolResults }),
    ...(definitions.length > 0 && { toolDefinitions: definitions }),
  };
};
