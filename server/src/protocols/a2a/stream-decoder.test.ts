import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamEvent } from "../protocol.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const BYTES = Buffer.from(Array.from({ length: 120 }, (_, at) => 128 + ((at * 37) % 127))).toString("base64");

describe("a stream", () => {
  const chunk = (text: string, lastChunk = false) => ({
    artifactUpdate: {
      taskId: "t",
      contextId: "c",
      artifact: { artifactId: "x", parts: [{ text }] },
      append: true,
      lastChunk,
    },
  });
  const done = { statusUpdate: { taskId: "t", status: { state: "TASK_STATE_COMPLETED" } } };
  const decodeAll = (events: readonly unknown[], replyTo?: string): readonly StreamEvent[] => {
    const decoder = createStreamDecoder(replyTo);
    return events.map((event) => {
      const framed = replyTo === undefined ? event : { jsonrpc: "2.0", id: 1, result: event };
      const decoded = decoder.decode(JSON.stringify(framed));
      if (!decoded.ok) throw new Error(decoded.refusal.message);
      return decoded.value;
    });
  };

  test("puts an artifact's pieces together as they were cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.boolean(), (pieces, isRpc) => {
        const events = decodeAll([...pieces.map((piece) => chunk(piece)), done], isRpc ? "1" : undefined);
        const texts = events.flatMap((event) => event.texts.filter(({ kind }) => kind === "text"));
        expect(texts.map(({ delta }) => delta).join("")).toBe(pieces.join(""));
        expect(new Set(texts.map(({ channel }) => channel)).size).toBe(1);
        expect(events.at(-1)?.ends).toEqual(expect.arrayContaining([texts[0]?.channel]));
      }),
    );
  });

  const piece = (text: string, change: object, more: object = {}) => ({
    artifactUpdate: { taskId: "t", artifact: { artifactId: "x", parts: [{ text }], ...change }, append: true, ...more },
  });
  const channelsOf = (events: readonly StreamEvent[]): readonly string[] =>
    events.flatMap(({ texts }) => texts.filter(({ kind }) => kind === "text").map(({ channel }) => channel));

  test.each<[string, object]>([
    ["another task", piece("b", {}, { taskId: "u" })],
    ["another artifact", piece("b", { artifactId: "y" })],
  ])("keeps the pieces of %s apart", (_, other) =>
    expect(new Set(channelsOf(decodeAll([piece("a", {}), other]))).size).toBe(2),
  );

  test.each<[string, object]>([
    ["behind an empty part", { parts: [{ text: "" }, { text: "b" }] }],
    ["behind a file", { parts: [{ raw: BYTES }, { text: "b" }] }],
  ])("joins a piece that stands %s", (_, change) =>
    expect(new Set(channelsOf(decodeAll([piece("a", {}), piece("", change)]))).size).toBe(1),
  );

  test("joins nothing that only looks like a piece", () => {
    const { artifactUpdate } = piece("b", {});
    const [, event] = decodeAll([piece("a", {}), piece("c", { metadata: { artifactUpdate } })]);
    expect(event?.texts.filter(({ delta }) => delta === "b").map(({ kind }) => kind)).toEqual(["whole"]);
  });

  test("lets held text go whatever its artifact is called", () => {
    fc.assert(
      fc.property(fc.string(), (artifactId) => {
        const decoder = createStreamDecoder(undefined);
        const decoded = decoder.decode(JSON.stringify(piece("a", { artifactId })));
        const channel = decoded.ok ? (channelsOf([decoded.value])[0] ?? "") : "";
        const { artifactUpdate } = JSON.parse(decoder.flush(channel, "b").data);
        expect(artifactUpdate).toMatchObject({ taskId: "t", artifact: { artifactId, parts: [{ text: "b" }] } });
      }),
    );
  });

  test.each<[string, object, string]>([
    ["a piece in the other spelling", { artifact_update: piece("a", {}).artifactUpdate }, "/artifact_update"],
    ["a name in the other spelling", piece("a", { artifact_id: "x" }), "/artifactUpdate/artifact/artifact_id"],
    ["a name that is a number", piece("a", { artifactId: 1 }), "/artifactUpdate/artifact/artifactId"],
    ["a task that is a number", piece("a", {}, { taskId: 1 }), "/artifactUpdate/taskId"],
    ["a text that is a list", piece("a", { parts: [{ text: ["a"] }] }), "/artifactUpdate/artifact/parts/0/text"],
    ["an event of an older version", { kind: "artifact-update" }, "/kind"],
  ])("ends at %s, and says where", (_, event, pointer) => {
    const rpcEvent = { jsonrpc: "2.0", id: 1, result: event };
    expect(createStreamDecoder(undefined).decode(JSON.stringify(event))).toMatchObject({ refusal: { pointer } });
    expect(createStreamDecoder("1").decode(JSON.stringify(rpcEvent))).toMatchObject({
      refusal: { pointer: `/result${pointer}` },
    });
  });

  test("writes an event with another text, and all else as it came", () => {
    const decoder = createStreamDecoder("7");
    const data =
      '{"jsonrpc":"2.0", "id":7,"result":{"message":{"role":"ROLE_AGENT","parts":[{"text":"a secret"}],"n":1.0}}}';
    const decoded = decoder.decode(data);
    if (!decoded.ok) throw new Error("not decoded");
    const [text] = decoded.value.texts;
    expect(decoded.value.rewrite(new Map([[text?.channel ?? "", "a [x]"]]))).toBe(data.replace("a secret", "a [x]"));
  });

  test.each([
    ["a message", { message: { role: "ROLE_AGENT", parts: [{ text: "a" }] } }, "message"],
    ["a task that is done", { task: { id: "t", status: { state: "TASK_STATE_FAILED" } } }, "TASK_STATE_FAILED"],
    ["a task that ended well", done, "TASK_STATE_COMPLETED"],
    ["a task that works", { statusUpdate: { status: { state: "TASK_STATE_WORKING" } } }, undefined],
  ])("%s says whether it is over", (_, event, reason) => expect(decodeAll([event]).at(-1)?.finishReason).toBe(reason));

  test("lets held text go as a piece of its artifact", () => {
    const decoder = createStreamDecoder(undefined);
    const decoded = decoder.decode(JSON.stringify(chunk("a")));
    const channel = decoded.ok ? (decoded.value.texts.find(({ kind }) => kind === "text")?.channel ?? "") : "";
    const { artifact: _artifact, ...head } = chunk("").artifactUpdate;
    expect(JSON.parse(decoder.flush(channel, "rest").data)).toEqual({
      artifactUpdate: {
        taskId: "t",
        contextId: "c",
        artifact: { artifactId: "x", parts: [{ text: "rest" }] },
        append: head.append,
      },
    });
  });

  test.each([
    ["1", { jsonrpc: "2.0", id: 1, error: { code: -32_010 } }],
    [undefined, { error: { code: 400, status: "INVALID_ARGUMENT" } }],
  ])("ends with an error of its binding where a policy stops it", (replyTo, expected) => {
    const [event] = createStreamDecoder(replyTo).blocked({ message: "no", code: "content_filter", exchange: "e" });
    expect(JSON.parse(event?.data ?? "")).toMatchObject(expected);
    expect(event?.name).toBe(replyTo === undefined ? "error" : undefined);
  });
});
