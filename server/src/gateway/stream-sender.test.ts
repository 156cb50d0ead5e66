import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createDeparture } from "./departure.ts";
import { createStreamSender } from "./stream-sender.ts";

/** A response that nobody takes anything of. */
const unread = (readerMs: number) => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const caller = createDeparture();
  return { response, caller, sender: createStreamSender(response, () => ({}), caller, readerMs) };
};

test("heartbeats keep a connection open, and do not pile up before a caller that does not read", async () => {
  const { response, caller, sender } = unread(60_000);
  sender.heartbeat();
  expect(response.headersSent).toBe(false);
  await sender.send([{ kind: "data", data: "small" }]);
  const before = response.writableLength;
  sender.heartbeat();
  expect(response.writableLength).toBeGreaterThan(before);
  const sending = sender.send([{ kind: "data", data: "x".repeat(1024 * 1024) }]);
  const waiting = response.writableLength;
  for (let count = 0; count < 1_000; count += 1) sender.heartbeat();
  expect(response.writableLength).toBe(waiting);
  caller.go();
  await sending;
});

test("a caller that takes nothing for `readerMs` counts as gone, and says why", async () => {
  const { response, caller, sender } = unread(20);
  await sender.send([{ kind: "data", data: "x".repeat(1024 * 1024) }]);
  expect([caller.isGone(), caller.why(), response.destroyed]).toEqual([
    true,
    "the caller took nothing for 20 ms",
    true,
  ]);
});
