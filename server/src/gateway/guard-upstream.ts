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
