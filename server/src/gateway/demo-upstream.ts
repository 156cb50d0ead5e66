import { setTimeout as sleep } from "node:timers/promises";
import { demoAnswer, demoStream } from "#protocols";
import { formatSse } from "#platform";
import type { Upstream, UpstreamResponse } from "./upstream.ts";

const TOKEN_PAUSE_MS = 25;
const DEMO_MODEL = { id: "parapet-demo", object: "model", created: 0, owned_by: "parapet" };
const DEMO_MODELS = { object: "list", data: [DEMO_MODEL] };

const collect = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(pieces));

/** A JSON answer that is there at once. */
export const whole = (answer: unknown): UpstreamResponse => wholeBytes(Buffer.from(JSON.stringify(answer)));

export const wholeBytes = (bytes: Buffer): UpstreamResponse => {
  const pieces = async function* (): AsyncGenerator<Buffer> {
    yield bytes;
  };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: { collect: () => Promise.resolve(bytes), pieces },
  };
};

/** The built-in scripted model: no network, labelled as a demo in every answer. */
export const createDemoUpstream = (): Upstream => ({
  send: async (request, call) => {
    if (request.method === "GET") return whole(request.path === "/models" ? DEMO_MODELS : DEMO_MODEL);
    const asked: unknown = request.body === undefined ? {} : JSON.parse(request.body.toString("utf8"));
    const streamed = typeof asked === "object" && asked !== null && "stream" in asked && asked.stream === true;
    if (!streamed) return whole(demoAnswer(asked));
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for (const data of demoStream(asked)) {
        await sleep(TOKEN_PAUSE_MS);
        if (call.isGone()) return;
        yield Buffer.from(formatSse(data));
      }
    };
    return {
      status: 200,
      headers: { "content-type": "text/event-stream" },
      body: { collect: () => collect(pieces()), pieces },
    };
  },
  close: () => Promise.resolve(),
});
