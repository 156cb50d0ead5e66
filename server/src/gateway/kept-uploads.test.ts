import { DEFAULT_TENANT, TenantId } from "@parapet/model";
import { fakeClock } from "#platform";
import { NO_REQUEST, type DecodedRequest, type UploadStep } from "#protocols";
import { describe, expect, test } from "vitest";
import { createByteBudget } from "./byte-budget.ts";
import { createKeptUploads, KEPT_MS, type KeptUploads } from "./kept-uploads.ts";
import { enterUpload } from "./upload-steps.ts";

const mine = { tenant: DEFAULT_TENANT, route: "assistant", caller: "key-1 user:a" };
const bounds = { uploadBytesMax: 10, uploadsBytesMax: 18 };
const open = () => {
  const clock = fakeClock();
  return { clock, kept: createKeptUploads(bounds, clock) };
};
const send = (kept: KeptUploads, upload: string, part: string, text: string, scope = mine): void =>
  kept.find(scope, upload)?.add(Buffer.from(text)).name(part);

test("the pieces of an upload come in the order that is asked for, and only if all of them are here", () => {
  const { kept } = open();
  kept.begin(mine, "up", "batch");
  for (const [part, text] of [
    ["a", "one"],
    ["b", "two"],
  ] as const)
    send(kept, "up", part, text);
  const upload = kept.find(mine, "up");
  expect(upload?.purpose).toBe("batch");
  expect(upload?.pieces(["b", "a"])?.map(String)).toEqual(["two", "one"]);
  expect(upload?.pieces(["a", "c"])).toBeUndefined();
  upload?.end();
  expect([kept.find(mine, "up"), kept.bytes()]).toEqual([undefined, 0]);
});

test("an upload is its caller's alone, and unknown on other routes", () => {
  const { kept } = open();
  kept.begin(mine, "up", "batch");
  for (const other of [{ caller: "key-1 user:b" }, { caller: "key-2 user:a" }])
    expect(() => kept.find({ ...mine, ...other }, "up")).toThrow(expect.objectContaining({ code: "forbidden" }));
  for (const other of [{ route: "other" }, { tenant: TenantId.parse("other") }])
    expect(kept.find({ ...mine, ...other }, "up")).toBeUndefined();
});

test("a part that was not let go is not kept, nor is one under a name that another has", () => {
  const { kept } = open();
  kept.begin(mine, "up", "batch");
  const part = kept.find(mine, "up")?.add(Buffer.from("gone"));
  expect(kept.bytes()).toBe(4);
  part?.drop();
  part?.name("a");
  expect([kept.bytes(), kept.find(mine, "up")?.pieces(["a"])]).toEqual([0, undefined]);
  send(kept, "up", "a", "one");
  const second = kept.find(mine, "up")?.add(Buffer.from("two"));
  second?.name("a");
  second?.drop();
  expect([kept.bytes(), kept.find(mine, "up")?.pieces(["a"])?.map(String)]).toEqual([3, ["one"]]);
  const late = kept.find(mine, "up")?.add(Buffer.from("late"));
  kept.find(mine, "up")?.end();
  late?.drop();
  expect(kept.bytes()).toBe(0);
});

test("an upload is let go after an hour, with its bytes", () => {
  const { kept, clock } = open();
  kept.begin(mine, "up", "batch");
  send(kept, "up", "a", "one");
  clock.advance(KEPT_MS - 1);
  expect(kept.find(mine, "up")).toBeDefined();
  clock.advance(1);
  expect([kept.find(mine, "up"), kept.bytes()]).toEqual([undefined, 0]);
});

describe("what is not kept is refused with the limit that it met", () => {
  test("of one upload", () => {
    const { kept } = open();
    expect(() => kept.expect(mine, 11)).toThrow(/limits\.uploadBytesMax/);
    kept.begin(mine, "up", "batch");
    send(kept, "up", "a", "123456");
    expect(() => send(kept, "up", "b", "12345")).toThrow(
      expect.objectContaining({ code: "body_too_large", message: expect.stringContaining("limits.uploadBytesMax") }),
    );
    expect(kept.bytes()).toBe(6);
  });

  test("of one caller and of all", () => {
    const { kept } = open();
    const others = ["b", "c"].map((caller) => ({ ...mine, caller }));
    for (const scope of [mine, ...others]) kept.begin(scope, `up-${scope.caller}`, "batch");
    kept.begin(mine, "up-2", "batch");
    send(kept, `up-${mine.caller}`, "a", "1234567");
    const refused = expect.objectContaining({
      code: "overloaded",
      message: expect.stringContaining("limits.uploadsBytesMax"),
    });
    expect(() => send(kept, "up-2", "a", "123")).toThrow(refused);
    for (const scope of others.slice(0, 1)) send(kept, "up-b", "a", "12345678", scope);
    expect(() => send(kept, "up-c", "a", "1234", { ...mine, caller: "c" })).toThrow(refused);
    expect(kept.bytes()).toBe(15);
  });

  test("of uploads and of parts", () => {
    const { kept } = open();
    for (let at = 0; at < 100; at += 1) kept.begin(mine, `up-${at}`, "batch");
    expect(() => kept.expect(mine, 1)).toThrow(expect.objectContaining({ code: "rate_limited" }));
    expect(() => kept.expect({ ...mine, caller: "b" }, 1)).not.toThrow();
    for (let at = 0; at < 1_000; at += 1) send(kept, "up-0", `p-${at}`, "");
    expect(() => send(kept, "up-0", "one more", "")).toThrow(/1000 parts/);
  });
});

describe("a step of an upload", () => {
  const share = () => createByteBudget(1_000).open();
  const enter = (
    kept: KeptUploads,
    step: UploadStep | undefined,
    { id = "up", enforces = true, bytes = Buffer.from("[part]"), decoded = NO_REQUEST } = {},
  ) =>
    enterUpload(
      kept,
      { bytes, decoded: { ...decoded, ...(step !== undefined && { upload: step }) }, inspected: undefined },
      {
        step,
        id,
        scope: mine,
        inspects: true,
        enforces,
        share: share(),
        examine: async (file, { purpose }) => ({ decoded: saying(`${purpose}: ${file}`), inspected: undefined }),
      },
    );
  const saying = (text: string): DecodedRequest => ({
    ...NO_REQUEST,
    segments: [
      {
        index: 0,
        direction: "request",
        pointer: "/file",
        role: "file",
        provenance: "document",
        text,
        byteStart: 0,
        byteEnd: 1,
      },
    ],
  });
  const part = { kind: "part", start: 1, end: 4 } as const;
  const complete = { kind: "complete", parts: ["p2", "p1"] } as const;

  test("keeps parts once they are let go, reads the whole at its completion, and lets go of it when it is over", async () => {
    const { kept } = open();
    const begun = await enter(kept, { kind: "begin", purpose: "batch", bytes: 8 }, { id: "" });
    begun.answered({ upload: { id: "up", isOver: false } });
    for (const [id, text] of [
      ["p1", "[one]"],
      ["p2", "[two]"],
    ] as const)
      (await enter(kept, part, { bytes: Buffer.from(text) })).answered({ upload: { id, isOver: false } });
    const lost = await enter(kept, part, { bytes: Buffer.from("[x]]") });
    lost.left();
    expect(kept.bytes()).toBe(6);
    const whole = await enter(kept, complete);
    expect(whole.request.decoded.segments).toMatchObject([{ text: "batch: twoone", sealed: true }]);
    expect([whole.isRead, whole.request.bytes?.toString()]).toEqual([true, "[part]"]);
    whole.answered({ upload: { id: "up", isOver: true } });
    expect(kept.bytes()).toBe(0);
  });

  test("ends what its caller cancels", async () => {
    const { kept } = open();
    kept.begin(mine, "up", "batch");
    (await enter(kept, undefined)).answered({ upload: { id: "up", isOver: true } });
    expect(kept.find(mine, "up")).toBeUndefined();
  });

  test.each([
    ["a part of an upload that did not begin here", part],
    ["a completion of one", complete],
    ["a completion that does not say its parts plainly", { kind: "complete", parts: undefined } as const],
  ])("is refused where nobody could read it, and named where the route observes: %s", async (_, step) => {
    const { kept } = open();
    await expect(enter(kept, step)).rejects.toMatchObject({ code: "not_inspected" });
    const observed = await enter(kept, step, { enforces: false });
    expect(observed).toMatchObject({
      isRead: false,
      request: { decoded: { unscannable: [{ reason: "a file that came in parts" }] } },
    });
  });

  test("is refused where it says more than the parts, and where it meets a limit", async () => {
    const { kept } = open();
    kept.begin(mine, "up", "batch");
    send(kept, "up", "p1", "1");
    send(kept, "up", "p2", "2");
    expect(await enter(kept, complete, { decoded: saying("p1") })).toMatchObject({ isRead: true });
    await expect(enter(kept, complete, { decoded: saying("beside") })).rejects.toMatchObject({ code: "not_inspected" });
    const begin = { kind: "begin", purpose: "batch", bytes: 11 } as const;
    await expect(enter(kept, begin, { id: "" })).rejects.toMatchObject({ code: "body_too_large" });
    expect(await enter(kept, begin, { id: "", enforces: false })).toBeDefined();
    const large = { bytes: Buffer.alloc(20) };
    const long = { kind: "part", start: 0, end: 20 } as const;
    await expect(enter(kept, long, large)).rejects.toMatchObject({ code: "body_too_large" });
    expect(await enter(kept, long, { ...large, enforces: false })).toMatchObject({ isRead: false });
  });
});
