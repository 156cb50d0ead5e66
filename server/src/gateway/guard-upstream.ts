import { Fault } from "#platform";
import { whole, wholeBytes } from "./demo-upstream.ts";
import type { Upstream } from "./upstream.ts";

/** Answers a question of another gateway with itself, once it was judged: there is no model behind a guard. */
export const createEchoUpstream = (): Upstream => ({
  send: ({ body }) => Promise.resolve(body === undefined ? whole({}) : wholeBytes(body)),
  close: () => Promise.resolve(),
});

/** Says yes to what got so far. */
export const createYesUpstream = (): Upstream => ({
  send: () => Promise.resolve(whole({})),
  close: () => Promise.resolve(),
});

/** Behind a route whose answers only the asking gateway can show: a request that came another way goes nowhere. */
export const createAbsentUpstream = (): Upstream => ({
  send: () =>
    Promise.reject(
      new Fault("unknown_endpoint", { message: "This route is asked by Envoy's external processing, over gRPC only." }),
    ),
  close: () => Promise.resolve(),
});
