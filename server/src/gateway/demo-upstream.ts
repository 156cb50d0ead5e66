import { setTimeout as sleep } from "node:timers/promises";
import { demoAnswer, demoStream } from "#protocols";
import { formatSse } from "#platform";
import type { Upstream } from "./upstream.ts";

const TOKEN_PAUSE_MS = 25;

/** The built-in scripted model: no network, labelled as a demo in every answer. */
export const createDemoUpstream = (): Upstream => ({
  send: async (request, call) => {
    const asked: unknown = request.body === undefined ? {} : JSON.parse(request.body.toString("utf8"));
    const streamed = typeof asked === "object" && asked !== null && "stream" in asked && asked.stream === true;
    const whole = Buffer.from(JSON.stringify(demoAnswer(asked)));
    const pieces = async function* (): AsyncGenerator<Buffer> {
      if (!streamed) {
        yield whole;
        return;
      }
      for (const data of demoStream(asked)) {
        await sleep(TOKEN_PAUSE_MS);
        if (call.isGone()) return;
        yield Buffer.from(formatSse(data));
      }
    };
    return {
      status: 200,
      headers: { "content-type": streamed ? "text/event-stream" : "application/json" },
      body: { collect: () => Promise.resolve(whole), pieces },
    };
  },
  close: () => Promise.resolve(),
});
