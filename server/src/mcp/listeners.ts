import type { ServerResponse } from "node:http";
import { verdictHeaders } from "#gateway";
import { formatSse } from "#platform";
import { mcp, type JsonObject } from "#protocols";
import type { EventTarget } from "./event-log.ts";
import { openEvents } from "./reply.ts";

const SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId";
const LISTENERS_MAX = 32;

/** What a client may want to be told, and the notification that tells it. */
const WANTS: ReadonlyMap<string, string> = new Map([
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
]);

interface Listener {
  readonly id: mcp.RpcId;
  readonly methods: ReadonlySet<string>;
  readonly target: EventTarget;
}

/** Streams of clients that asked to be told of changes (`subscriptions/listen`). */
export interface Listeners {
  readonly add: (
    response: ServerResponse,
    exchange: string,
    asked: { readonly id: mcp.RpcId; readonly wanted: JsonObject },
  ) => void;
  readonly notify: (method: string, params: Buffer | undefined) => void;
  readonly count: () => number;
  readonly close: () => void;
}

export const createListeners = (): Listeners => {
  const listeners = new Set<Listener>();
  const send = ({ target, id }: Listener, method: string, params: JsonObject): void => {
    const whole = { ...params, _meta: { [SUBSCRIPTION_KEY]: id } };
    const message = mcp.notificationBytes(method, Buffer.from(JSON.stringify(whole)));
    target.write(formatSse(message.toString("utf8"), "message"));
  };
  return {
    add: (response, exchange, { id, wanted }) => {
      const honoured = [...WANTS.keys()].filter((name) => wanted[name] === true);
      const methods = new Set(honoured.map((name) => WANTS.get(name) ?? ""));
      const target = openEvents(response, { ...verdictHeaders(exchange, undefined), "x-parapet-verdict": "allow" });
      const listener = { id, methods, target };
      // The oldest gives way: a client that lost its stream opens another.
      for (const oldest of listeners) {
        if (listeners.size < LISTENERS_MAX) break;
        oldest.target.end();
        listeners.delete(oldest);
      }
      listeners.add(listener);
      response.on("close", () => listeners.delete(listener));
      const notifications = Object.fromEntries(honoured.map((name) => [name, true]));
      send(listener, "notifications/subscriptions/acknowledged", { notifications });
    },
    notify: (method) => {
      for (const listener of listeners) if (listener.methods.has(method)) send(listener, method, {});
    },
    count: () => listeners.size,
    close: () => {
      for (const { target, id } of listeners) {
        const result = JSON.stringify({ resultType: "complete", _meta: { [SUBSCRIPTION_KEY]: id } });
        target.write(formatSse(mcp.answerBytes(id, "result", result).toString("utf8"), "message"));
        target.end();
      }
      listeners.clear();
    },
  };
};
