/**
 * Guarantee: a caller that stops reading, or an exchange that goes on and on, does not keep its place: the route's
 * `readerMs` and `wholeMs` end it in one terminal state with evidence, and the call upstream ends with it. What many
 * of them keep waiting is bounded, and others are answered meanwhile.
 */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat, chatBody, portOf, sendRaw } from "./raw-http.ts";
import { chunk, completion } from "./replay-upstream.ts";
import { chunkOf, event, startWireUpstream, STREAM_HEAD, whole } from "./wire-upstream.ts";

const READER_MS = 700;
const WHOLE_MS = 1_200;
/** More than the buffers of two sockets hold. */
const LARGE = "x".repeat(24 * 1024 * 1024);
/** Less than one such answer and a request at the limit: an exchange that is alone passes, two do not. */
const IN_FLIGHT_BYTES_MAX = 20 * 1024 * 1024;
const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startWireUpstream>>;
let parapet: Started;

beforeAll(async () => {
  upstream = await startWireUpstream({
    flooding: (socket) => {
      socket.write(STREAM_HEAD);
      const more = chunkOf(event(chunk({ content: "x".repeat(64 * 1024) })));
      const flood = (): void => {
        while (!socket.destroyed && socket.write(more));
      };
      socket.on("drain", flood);
      flood();
    },
    large: (socket) => void socket.write(whole(200, "application/json", JSON.stringify(completion(LARGE)))),
    small: (socket) => void socket.write(whole(200, "application/json", JSON.stringify(completion("Fine.")))),
  });
  // What is measured is the reading, not the inspecting of so much.
  const common = { upstream: upstream.url, inspect: "false", on_failure: "open" };
  parapet = await startParapet({
    configuration: configurationOf(
      [
        { ...common, timeouts: `{ readerMs: ${READER_MS} }` },
        { ...common, id: "brief", path: "/brief", timeouts: `{ wholeMs: ${WHOLE_MS} }` },
        { ...common, id: "patient", path: "/patient" },
      ],
      `limits: { inFlightBytesMax: ${IN_FLIGHT_BYTES_MAX} }`,
    ),
    data,
  });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

/** Asks and reads the head, then nothing more. */
const askAndStop = async (path: string, name: string, stream: boolean) => {
  const socket = connect(portOf(parapet.url), "127.0.0.1");
  socket.on("error", () => undefined);
  const body = chatBody(name, { stream });
  socket.write(
    `POST ${path}/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const head = await new Promise<string>((resolve) =>
    socket.once("data", (piece) => {
      socket.pause();
      resolve(piece.toString("latin1"));
    }),
  );
  return { socket, id: /x-parapet-exchange: (\S+)/i.exec(head)?.[1], bytes: head.length, head };
};

/** Reads on; answers how much came until the connection ended. */
const readRest = (socket: Socket): Promise<number> =>
  new Promise((resolve) => {
    let bytes = 0;
    socket.on("data", (piece) => {
      bytes += piece.length;
    });
    socket.on("close", () => resolve(bytes));
    socket.resume();
  });

const ended = (id: unknown) =>
  eventually(async () => {
    const { status, body } = await parapet.api("GET", `/exchanges/${String(id)}`);
    if (status !== 200 || body.state === "open" || body.timeline.some((one: any) => one.evidence === undefined))
      return undefined;
    const closings = body.timeline.filter((one: any) => one.kind === "closed").length;
    return { state: body.state, detail: body.detail, closings };
  }, 20_000);

test.each([
  ["that stops reading a stream is given up after `readerMs`", "/v1", `the caller took nothing for ${READER_MS} ms`],
  ["that still reads nothing at `wholeMs` is given up then", "/brief", `the exchange took longer than ${WHOLE_MS} ms`],
])("a caller %s, with one end on record, and so is the call upstream", async (_, path, detail) => {
  const { socket, id } = await askAndStop(path, "flooding", true);
  expect(await ended(id)).toEqual({ state: "client_aborted", detail, closings: 1 });
  await eventually(() => Promise.resolve(upstream.connections() === 0 || undefined));
  socket.destroy();
  expect((await parapet.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
});

test("a caller that does not take a plain answer is cut off after `readerMs`; what was recorded stays", async () => {
  const { socket, id, bytes } = await askAndStop("/v1", "large", false);
  expect(await ended(id)).toEqual({ state: "completed", detail: undefined, closings: 1 });
  // Twice as long as it may take, with room for a machine that is slow.
  await new Promise((resolve) => setTimeout(resolve, READER_MS * 4));
  expect(bytes + (await readRest(socket))).toBeLessThan(LARGE.length);
});

const inFlightBytes = async (): Promise<number> => {
  const metrics = await (await fetch(`${parapet.url}/metrics`)).text();
  return Number(/^parapet_in_flight_bytes (\d+)$/m.exec(metrics)?.[1]);
};
const nothingInFlight = () => eventually(async () => ((await inFlightBytes()) === 0 ? true : undefined));

test("answers that nobody takes fill the bytes in flight, then large exchanges are refused and small ones answered", async () => {
  await nothingInFlight();
  const idle = await askAndStop("/patient", "large", false);
  expect(idle.head).toMatch(/^HTTP\/1\.1 200 /);
  expect(await inFlightBytes()).toBeGreaterThan(IN_FLIGHT_BYTES_MAX / 2);

  const refused = await askAndStop("/patient", "large", false);
  expect(refused.head).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 2\r\n/i);
  expect(refused.head).toContain('"code":"overloaded"');
  expect(await ended(refused.id)).toMatchObject({ state: "refused", closings: 1 });
  const announced = "content-type: application/json\r\ncontent-length: 10485760\r\n\r\n{";
  const large = `POST /patient/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n${announced}`;
  expect(await sendRaw(portOf(parapet.url), large)).toMatchObject({ status: 503 });
  expect((await chat(`${parapet.url}/patient`, "small")).status).toBe(200);

  idle.socket.destroy();
  await nothingInFlight();
  const again = await askAndStop("/patient", "large", false);
  expect(again.head).toMatch(/^HTTP\/1\.1 200 /);
  for (const { socket } of [refused, again]) socket.destroy();
  await nothingInFlight();
});
