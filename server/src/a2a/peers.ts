import type { AppliedPolicy, Mode, RouteConfiguration } from "@parapet/model";
import {
  createHttpUpstream,
  JSON_TYPE,
  keptResponse,
  type Peer,
  type PeerRequest,
  type UpstreamResponse,
} from "#gateway";
import type { PinBook } from "#pins";
import { createKeySet, Fault, guardUrl, type Clock, type Logger } from "#platform";
import { a2a, isObject, type JsonObject } from "#protocols";
import { checkSignatures, type SignatureState } from "./card-signature.ts";
import { CARD_BYTES_MAX, readAgentCard, settingsOf, valueIn } from "./read-agent-card.ts";

export interface PeersOptions {
  readonly mode: (route: RouteConfiguration) => Mode;
  readonly credential: (route: RouteConfiguration) => string | undefined;
  readonly pins: Pick<PinBook, "observe" | "settled">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each reading of a card. */
  readonly onCard: (route: string, outcome: CardOutcome) => void;
}

/** What a reading of a card showed. */
export type CardOutcome = "good" | "changed" | "bad_signature" | "unsigned" | "unreachable";

/** What is known of an agent by its card. */
interface Known {
  readonly card: a2a.AgentCard;
  readonly signature: SignatureState;
  /** The tool that it is: its definition is its card. */
  readonly definition: JsonObject;
  readonly readMs: number;
}

/** A card that could not be read is not asked for again before this; what was known of it stays. */
const RETRY_MS = 10_000;

/** The agents behind routes of A2A. */
export const createPeers = (options: PeersOptions): ((route: RouteConfiguration) => Peer | undefined) => {
  return (route) => (route.protocol === "a2a" ? createPeer(route, options) : undefined);
};

const refusal = (action: AppliedPolicy["action"], message: string): AppliedPolicy => ({
  id: "builtin.agent-card",
  action,
  severity: "high",
  message,
});

const createPeer = (route: RouteConfiguration, options: PeersOptions): Peer => {
  const { pins, clock, logger, onCard } = options;
  const { id, upstream: address = "" } = route;
  const settings = settingsOf(route);
  const upstream = createHttpUpstream(route);
  const keys = settings.keys === undefined ? undefined : createKeySet(settings.keys, clock);
  let known: Known | undefined;
  let reading: Promise<Known> | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<Known> => {
    const card = await readAgentCard(upstream, route, options.credential(route));
    const signature = await checkSignatures(card, keys);
    const definition = { name: a2a.SEND_MESSAGE, card: a2a.withoutSignatures(card.value) };
    return { card, signature, definition, readMs: clock.monotonic() };
  };

  /** What is wrong with the card as it is now; a definition that differs is held until somebody approves it. */
  const standing = async ({ signature, definition }: Known): Promise<readonly [CardOutcome, AppliedPolicy?]> => {
    if (signature === "bad")
      return [
        "bad_signature",
        refusal("block", "The card of this agent is signed with a key that does not count, or was changed since."),
      ];
    if (signature === "none" && settings.signature === "required")
      return ["unsigned", refusal("block", "The card of this agent is not signed, and this route wants that.")];
    const { state, approval } = pins.observe(id, definition);
    await pins.settled();
    if (state !== "changed" && state !== "shadowing") return ["good"];
    return [
      "changed",
      refusal("hold", `The card of this agent has changed since it was pinned. It waits for approval: ${approval}`),
    ];
  };

  /** One reading at a time; one that fails leaves what was known. */
  const reread = (): Promise<Known> =>
    (reading ??= read()
      .then(async (now) => {
        onCard(id, (await standing(now))[0]);
        known = now;
        return now;
      })
      .finally(() => {
        reading = undefined;
      }));

  const current = async (maxAgeMs: number): Promise<Known> => {
    const nowMs = clock.monotonic();
    if (known !== undefined && (nowMs - known.readMs <= maxAgeMs || nowMs - failedMs < RETRY_MS)) return known;
    try {
      return await reread();
    } catch (error) {
      failedMs = clock.monotonic();
      onCard(id, "unreachable");
      logger.warn({ route: id, error }, "an agent's card could not be read");
      if (known === undefined) throw error;
      return known;
    }
  };

  /** What policies have no say in: it would lead past them, or to what is another caller's. */
  const checkAllowed = ({ operation, callbacks, isNamed }: PeerRequest): void => {
    const asks = operation === "CreateTaskPushNotificationConfig" || callbacks.length > 0;
    if (asks && !settings.push_notifications)
      throw new Fault("forbidden", {
        message: "Push notifications would lead past this gateway; they are not allowed on this route.",
      });
    for (const callback of callbacks) {
      const guarded = guardUrl(callback, { allowPrivate: false });
      if (!guarded.ok)
        throw new Fault("forbidden", {
          message: "The agent may not be told to call this address.",
          detail: guarded.refusal.message,
        });
    }
    if (operation === "ListTasks" && !isNamed)
      throw new Fault("forbidden", {
        message: "This agent is not told who asks, so the tasks of all callers would be listed.",
      });
  };

  const outward = (value: JsonObject, base: string): JsonObject =>
    a2a.outwardCard(value, address, { base, pushes: settings.push_notifications });

  /** The card for those who say who they are, read as the other one is; it may differ from caller to caller, so it is not pinned. */
  const extended = async (answer: UpstreamResponse, { path, base }: PeerRequest): Promise<UpstreamResponse> => {
    const value = valueIn(await answer.body.collect(CARD_BYTES_MAX));
    // What was asked says in which binding the answer is, so that no answer chooses how it is looked at.
    const reply = path === "/" && isObject(value) ? value : undefined;
    if (reply !== undefined && isObject(reply["error"]) && reply["result"] === undefined) return jsonOf(reply);
    const card = a2a.readCard(path === "/" ? reply?.["result"] : value, address);
    if (card === undefined) throw new Fault("upstream_invalid", { detail: "the extended card is no card" });
    const signature = await checkSignatures(card, keys);
    const isTrusted = signature === "good" || (signature === "none" && settings.signature === "checked");
    if (!isTrusted && options.mode(route) === "enforce")
      throw new Fault("upstream_invalid", { detail: "the signature of the extended card does not fit" });
    const told = outward(card.value, base);
    return jsonOf(reply === undefined ? told : { ...reply, result: told });
  };

  /** Asks the agent, or answers with its card. */
  const answer = async (
    { card }: Known,
    asked: PeerRequest,
    ask: () => Promise<UpstreamResponse>,
  ): Promise<UpstreamResponse> => {
    if (asked.operation === a2a.GET_CARD) return jsonOf(outward(card.value, asked.base));
    const said = await ask();
    return asked.operation === a2a.GET_EXTENDED_CARD && said.status < 300 ? extended(said, asked) : said;
  };

  return {
    admit: async (asked) => {
      checkAllowed(asked);
      const now = await current(asked.operation === a2a.GET_CARD ? 0 : settings.card_seconds * 1_000);
      const [, applied] = await standing(now);
      return {
        applied,
        definition: now.definition,
        pathOf: (rest) => a2a.pathAt(now.card, rest),
        ask: (upstream) => answer(now, asked, upstream),
      };
    },
    tells: settings.forward_identity,
    close: async () => {
      await Promise.all([upstream.close(), keys?.close()]);
    },
  };
};

const jsonOf = (value: unknown): UpstreamResponse =>
  keptResponse({ status: 200, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(value)) });
