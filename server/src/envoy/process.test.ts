/**
 * Guarantee: what Envoy is told is what the gateway lets go, whatever pieces it shows; a stream never ends cleanly while
 * something is not judged; messages in an order that there is not end it with an error.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Told } from "./answers.ts";
import { openProcess, redact, requestHead, responseHead, SECRET } from "./envoy.fixture.ts";
import type { BodyMode, Shown } from "./messages.ts";

const Mutation = z.looseObject({
  body: z.instanceof(Buffer).optional(),
  clearBody: z.boolean().optional(),
  streamedResponse: z.object({ body: z.instanceof(Buffer), endOfStream: z.boolean() }).optional(),
});
const Answer = z.object({ response: z.object({ bodyMutation: Mutation.optional() }) });
const Immediate = z.object({ status: z.object({ code: z.int() }), body: z.instanceof(Buffer) });

/** What Envoy sends on of a body: what it showed, with what it was told in place of pieces. */
const sentOn = (told: readonly Told[], direction: "request" | "response", shown: readonly Buffer[]): string => {
  const answers = told.flatMap((message) =>
    message[`${direction}Body`] === undefined ? [] : [Answer.parse(message[`${direction}Body`]).response.bodyMutation],
  );
  if (answers.some((one) => one?.streamedResponse !== undefined))
    return Buffer.concat(answers.map((one) => one?.streamedResponse?.body ?? Buffer.alloc(0))).toString("latin1");
  const pieces = answers.map((one, index) =>
    one?.clearBody === true ? "" : (one?.body ?? shown[index])?.toString("latin1"),
  );
  return pieces.join("");
};
const immediate = (told: readonly Told[]) => {
  const found = told.find((message) => message["immediateResponse"] !== undefined);
  return found === undefined ? undefined : Immediate.parse(found["immediateResponse"]);
};

const cut = (text: string, places: readonly number[]): Buffer[] => {
  const all = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...all, text.length];
  return edges.slice(1).map((edge, index) => Buffer.from(text.slice(edges[index], edge), "latin1"));
};

interface Case {
  readonly mode: BodyMode;
  readonly request: readonly Buffer[];
  readonly response: readonly Buffer[];
  readonly type: string;
  readonly trailers: boolean;
}

/** Shows one exchange in order; stops where Envoy would. */
const show = async ({ mode, request, response, type, trailers }: Case) => {
  const { process, told, ended } = openProcess();
  const isOver = (): boolean => ended() !== undefined;
  const body = async (kind: "request-body" | "response-body", pieces: readonly Buffer[]): Promise<void> => {
    for (const [index, bytes] of pieces.entries()) {
      if (isOver()) return;
      await process.take({ kind, bytes, isEnd: index === pieces.length - 1 && !trailers });
    }
    if (trailers && !isOver())
      await process.take({ kind: kind === "request-body" ? "request-trailers" : "response-trailers" });
  };
  await process.take(requestHead(mode, mode));
  await body("request-body", request);
  if (!isOver()) await process.take(responseHead(type));
  if (!isOver()) await body("response-body", response);
  await process.finish();
  const stop = immediate(told);
  return {
    failure: ended()?.failure,
    stopped: stop?.status.code,
    sent: sentOn(told, "request", request),
    got: stop === undefined ? sentOn(told, "response", response) : stop.body.toString(),
  };
};

const text = fc
  .array(fc.constantFrom("a ", "words, ", SECRET, "SECR", "{}", "\n\n"), { maxLength: 12 })
  .map((parts) => parts.join(""));
const places = fc.array(fc.nat(200), { maxLength: 6 });

describe("a body cut anywhere has the same bytes", () => {
  test.each<[BodyMode, string]>([
    ["streamed", "application/json"],
    ["streamed", "text/event-stream"],
    ["unknown", "text/event-stream"],
    ["full-duplex", "application/json"],
    ["full-duplex", "text/event-stream"],
  ])("%s, %s", async (mode, type) => {
    await fc.assert(
      fc.asyncProperty(text, text, places, places, fc.boolean(), async (asked, answered, first, second, trailers) => {
        const shown = { mode, type, request: cut(asked, first), response: cut(answered, second) };
        const result = await show({ ...shown, trailers: trailers && mode === "full-duplex" });
        expect(result).toEqual({ failure: undefined, stopped: undefined, sent: redact(asked), got: redact(answered) });
      }),
      { numRuns: 40 },
    );
  });

  test.each([true, false])("buffered, with trailers: %s", async (trailers) => {
    const whole = (body: string) => [Buffer.from(body)];
    const shown = { mode: "buffered", type: "application/json", trailers } as const;
    expect(await show({ ...shown, request: whole("a SECRET"), response: whole("b SECRET") })).toEqual({
      failure: undefined,
      stopped: undefined,
      sent: "a [x]",
      got: "b [x]",
    });
  });
});

describe("a stop is the same wherever the body is cut", () => {
  test.each<[BodyMode]>([["streamed"], ["full-duplex"], ["unknown"]])("of a request, %s", async (mode) => {
    await fc.assert(
      fc.asyncProperty(places, async (where) => {
        const request = cut("what is to STOP is stopped", where);
        const result = await show({ mode, type: "", request, response: [], trailers: false });
        expect([result.stopped, result.sent, result.got]).toEqual([400, "", "stopped"]);
      }),
      { numRuns: 20 },
    );
  });

  test.each<[BodyMode, string, number | undefined, string]>([
    ["full-duplex", "application/json", 400, "stopped"],
    ["full-duplex", "text/event-stream", undefined, "so far stopped"],
    ["streamed", "text/event-stream", undefined, "so far stopped"],
    ["streamed", "application/json", undefined, "stopped"],
  ])("of an answer, %s, %s", async (mode, type, stopped, got) => {
    await fc.assert(
      fc.asyncProperty(places, async (where) => {
        const response = cut("so far STOP and on", where);
        const result = await show({ mode, type, request: [Buffer.from("{}")], response, trailers: false });
        expect([result.stopped, result.got]).toEqual([stopped, got]);
      }),
      { numRuns: 20 },
    );
  });

  test("of an answer, buffered", async () => {
    const bodies = { request: [Buffer.from("{}")], response: [Buffer.from("STOP")] };
    const result = await show({ mode: "buffered", type: "application/json", trailers: false, ...bodies });
    expect([result.stopped, result.got]).toEqual([400, "stopped"]);
  });
});

test.each<[BodyMode, string]>([
  ["full-duplex", "text/event-stream"],
  ["full-duplex", "application/json"],
  ["streamed", "text/event-stream"],
])("a long answer passes whole, %s, %s", async (mode, type) => {
  const answered = `${"words, ".repeat(100_000)}SECRET`;
  const response = cut(
    answered,
    Array.from({ length: 20 }, (_, at) => at * 35_000),
  );
  const result = await show({ mode, type, request: [Buffer.from("{}")], response, trailers: false });
  expect([result.failure, result.got === redact(answered)]).toEqual([undefined, true]);
});

test("what is held back of an answer that ends with trailers is cut off, where no piece can carry it", async () => {
  const { process, ended, told } = openProcess();
  await process.take(requestHead("streamed", "streamed"));
  await process.take({ kind: "request-body", bytes: Buffer.from("{}"), isEnd: true });
  await process.take(responseHead("text/event-stream"));
  await process.take({ kind: "response-body", bytes: Buffer.from("held back: SECR"), isEnd: false });
  await process.take({ kind: "response-trailers" });
  expect(ended()).toEqual({ failure: "broken" });
  expect(sentOn(told, "response", [])).not.toContain("SECR");
});

const message: fc.Arbitrary<Shown> = fc.oneof(
  fc.constantFrom<Shown>(
    requestHead("streamed", "streamed"),
    requestHead("full-duplex", "buffered"),
    requestHead("buffered", "full-duplex"),
    requestHead("none", "none", true),
    responseHead("application/json"),
    responseHead("text/event-stream"),
    responseHead("application/json", true),
    { kind: "request-trailers" },
    { kind: "response-trailers" },
    { kind: "unknown" },
  ),
  fc.record({
    kind: fc.constantFrom("request-body" as const, "response-body" as const),
    bytes: fc.constantFrom("{}", SECRET, "STOP", "").map((body) => Buffer.from(body)),
    isEnd: fc.boolean(),
  }),
);

test("in whatever order messages come, nothing ends cleanly before it was judged, and no secret is sent on", async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.array(message, { maxLength: 6 }), async (start, rest) => {
      const { process, told, ended, ends, faults } = openProcess();
      for (const one of [...start, ...rest]) await process.take(one);
      const before = ended();
      const isStopped = immediate(told) !== undefined;
      const isAnswered = [...start, ...rest].some(({ kind }) => kind === "response-headers");
      if (before !== undefined && before.failure === undefined) expect(isStopped || isAnswered).toBe(true);
      await process.finish();
      expect(ended()).toBeDefined();
      expect([ends.length, faults]).toEqual([1, []]);
      const all = JSON.stringify(told.map((one) => Object.values(one).map((part) => bytesIn(part))));
      expect(all).not.toContain(SECRET);
    }),
    { numRuns: 150 },
  );
});

const requests = fc.constantFrom<readonly Shown[]>(
  [],
  [requestHead("streamed", "streamed"), { kind: "request-body", bytes: Buffer.from("{}"), isEnd: true }],
  [requestHead("full-duplex", "full-duplex"), { kind: "request-body", bytes: Buffer.from("{}"), isEnd: true }],
  [requestHead("buffered", "buffered"), { kind: "request-body", bytes: Buffer.from("{}"), isEnd: false }],
);

/** Every byte that Envoy is told to send on. */
const bytesIn = (value: unknown): string => {
  if (Buffer.isBuffer(value)) return value.toString("latin1");
  return typeof value === "object" && value !== null ? Object.values(value).map(bytesIn).join("") : "";
};

test("a request that is never shown whole ends in time", async () => {
  const { process, ended, ends } = openProcess({ requestMs: 20 });
  await process.take(requestHead("streamed", "streamed"));
  await expect.poll(() => ended()).toEqual({ failure: "late" });
  expect(ends).toEqual(["late"]);
});

test("a caller that leaves is told nothing more", async () => {
  const { process, told, ends } = openProcess();
  await process.take(requestHead("full-duplex", "full-duplex"));
  process.leave();
  await process.take({ kind: "request-body", bytes: Buffer.from("{}"), isEnd: true });
  expect([told, ends]).toEqual([[], ["left"]]);
});
