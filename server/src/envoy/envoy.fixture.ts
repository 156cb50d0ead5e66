import type { IncomingMessage, ServerResponse } from "node:http";
import { RouteConfiguration } from "@parapet/model";
import type { Gateway, Upstream, UpstreamResponse } from "#gateway";
import { createDeparture } from "#gateway";
import { Fault } from "#platform";
import type { Told } from "./answers.ts";
import { createGatewayRoad, type Question } from "./ask-gateway.ts";
import type { BodyMode, Shown, ShownHeader } from "./messages.ts";
import { createProcess, type ProcessEnd, type ProcessFailure } from "./process.ts";

/** What stands in words is not let out; what holds `STOP` is stopped. */
export const SECRET = "SECRET";
export const redact = (text: string): string => text.replaceAll(SECRET, "[x]");

const ROUTE = RouteConfiguration.parse({ id: "process", path: "/envoy/v1", protocol: "openai", guard: "ext-proc" });

/** A gateway that redacts and stops by plain words, on the contract of the real one. */
export const wordGateway = () => {
  const seen: IncomingMessage["headers"][] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse, upstream?: Upstream): Promise<void> => {
    seen.push(request.headers);
    const stop = (status: number): void =>
      void response
        .writeHead(status, { "content-type": "application/json", "x-parapet-verdict": "block" })
        .end("stopped");
    const asked = await textOf(request);
    if (request.headers["x-envoy-auth-partial-body"] === "true" || asked.includes("STOP")) return stop(400);
    const call = createDeparture();
    response.on("close", () => call.go());
    const headers = { "content-type": "application/json" };
    const verdict = { "x-parapet-exchange": "e", "x-parapet-verdict": "allow" };
    const sent = { method: "POST", path: "/", headers, body: Buffer.from(redact(asked)), verdict } as const;
    try {
      const answer = await upstream?.send(sent, call);
      if (answer === undefined) return stop(403);
      if (answer.headers["content-type"] === "text/event-stream") await relay(answer, response);
      else {
        const text = (await answer.body.collect(1_000_000)).toString();
        if (text.includes("STOP")) return stop(400);
        response.writeHead(answer.status, { ...headers, ...verdict }).end(redact(text));
      }
    } catch (error) {
      if (response.headersSent) response.end();
      else stop(error instanceof Fault ? error.status : 500);
    }
  };
  const gateway: Gateway = {
    owns: () => true,
    guardAt: (url) => (url.startsWith("/envoy/v1") ? { configuration: ROUTE, mode: () => "enforce" } : undefined),
    handle,
    refuseUpgrade: () => undefined,
    inFlight: () => 0,
    bytesInFlight: () => 0,
    uploadBytes: () => 0,
    close: () => Promise.resolve(),
  };
  return { gateway, seen };
};

/** Holds back what could still become the secret, and ends where it is to stop. */
const relay = async (answer: UpstreamResponse, response: ServerResponse): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let held = "";
  for await (const piece of answer.body.pieces()) {
    held = redact(held + piece.toString("latin1"));
    const stop = held.indexOf("STOP");
    if (stop !== -1) return void response.end(`${held.slice(0, stop)}stopped`, "latin1");
    const keep = Math.min(held.length, SECRET.length - 1);
    if (held.length > keep) response.write(held.slice(0, held.length - keep), "latin1");
    held = held.slice(held.length - keep);
  }
  response.end(held, "latin1");
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
};

export const POST: readonly ShownHeader[] = [
  [":method", "POST"],
  [":path", "/v1/chat/completions"],
  [":authority", "models.example"],
  ["content-type", "application/json"],
];

/** A stream of external processing, without gRPC beneath. */
export const openProcess = ({ requestMs = 60_000 } = {}) => {
  const { gateway, seen } = wordGateway();
  const road = createGatewayRoad(gateway, 32 * 1024);
  const told: Told[] = [];
  let ended: { readonly failure: ProcessFailure | undefined } | undefined;
  const ends: ProcessEnd[] = [];
  const faults: unknown[] = [];
  const ask = ({ headers }: { readonly headers: readonly ShownHeader[] }, bodyBytes: Question["bodyBytes"]) =>
    road.ask({
      headers,
      prefix: "/envoy",
      key: undefined,
      address: "127.0.0.1",
      bodyBytes,
      timeouts: { headersMs: 60_000, idleMs: 60_000 },
    });
  const process = createProcess({
    ask,
    send: async (message) => void told.push(message),
    end: (failure) => (ended = { failure }),
    onEnd: (how) => void ends.push(how),
    note: (error) => void faults.push(error),
    requestMs,
  });
  return { process, told, seen, ends, faults, ended: () => ended };
};

export const requestHead = (request: BodyMode, response: BodyMode, isEnd = false): Shown => ({
  kind: "request-headers",
  headers: POST,
  isEnd,
  modes: { request, response },
  isWatching: false,
});

export const responseHead = (type: string, isEnd = false): Shown => ({
  kind: "response-headers",
  headers: [
    [":status", "200"],
    ["content-type", type],
  ],
  isEnd,
  modes: { request: "unknown", response: "unknown" },
  isWatching: false,
});
