import { isObject, mcp } from "#protocols";
import { spaced } from "../spaced.ts";
import type { Link, ServerMessage } from "./link.ts";

/** What a server can be asked to tell, by the capability that offers it, and the notification that tells it. */
const KINDS = [
  { wanted: "toolsListChanged", capability: "tools", method: "notifications/tools/list_changed" },
  { wanted: "promptsListChanged", capability: "prompts", method: "notifications/prompts/list_changed" },
  { wanted: "resourcesListChanged", capability: "resources", method: "notifications/resources/list_changed" },
] as const;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Everybody who talks with the server is told, so that it is not for the server to say how often. */
const TOLD_EVERY_MS = 1_000;

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

/**
 * Asks a server of the revision without sessions to say when its lists change (`subscriptions/listen`), for as long as
 * the link is open. Where it was not heard for a while, changes may have gone untold: each kind is told as if it had
 * changed once the server listens again.
 *
 * @param isLate whether the server may have been unheard before
 */
export const watchLists = async (
  link: Link,
  tell: (message: ServerMessage) => void,
  isLate: boolean,
): Promise<void> => {
  const { capabilities } = link.hello;
  const kinds = KINDS.filter(({ capability }) => {
    const offered = capabilities[capability];
    return isObject(offered) && offered["listChanged"] === true;
  });
  if (kinds.length === 0) return;
  const toTell = spaced(TOLD_EVERY_MS, async (_method, message: ServerMessage) => tell(message));
  let missed = isLate;
  let pauseMs = FIRST_PAUSE_MS;
  const acknowledged = (): void => {
    pauseMs = FIRST_PAUSE_MS;
    if (missed)
      for (const { method } of kinds) {
        const message = mcp.ownMessage(mcp.notificationBytes(method, undefined));
        if (message.kind === "notification") toTell(method, message);
      }
    missed = true;
  };
  const asked = {
    method: "subscriptions/listen",
    params: Buffer.from(
      JSON.stringify({ notifications: Object.fromEntries(kinds.map(({ wanted }) => [wanted, true])) }),
    ),
    onMessage: (message: ServerMessage): void => {
      if (message.method === ACKNOWLEDGED) acknowledged();
      else if (kinds.some(({ method }) => method === message.method)) toTell(message.method, message);
    },
    lasts: true,
  };
  while (link.isOpen()) {
    const answer = await link.ask(asked).catch(() => undefined);
    if (answer?.kind === "error" && answer.code === mcp.RPC.unknownMethod) return;
    await pause(pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
  }
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
