import { arrayAt, isObject, objectAt, stringAt, type JsonObject } from "../json/json-access.ts";

/** What of an agent's card the gateway acts by. */
export interface AgentCard {
  /** All of it, as it was read. */
  readonly value: JsonObject;
  readonly name: string;
  /** Path of the JSON-RPC binding below the upstream; undefined where it is not offered there. */
  readonly rpcPath: string | undefined;
  /** Path that those of the HTTP binding stand below, below the upstream. */
  readonly restPath: string | undefined;
  readonly signatures: readonly CardSignature[];
}

/** One signature: JWS in its flattened form, whose payload is the card itself. */
export interface CardSignature {
  readonly protected: string;
  readonly signature: string;
  readonly header?: JsonObject;
}

const SIGNATURES_MAX = 10;
const VERSION = /^1(?:\.\d{1,3}){0,2}$/;
const BINDINGS: ReadonlySet<string> = new Set(["JSONRPC", "HTTP+JSON"]);

/** The path of an address below another; undefined where it does not stand there. */
const pathBelow = (base: string, address: string): string | undefined => {
  const url = URL.parse(address);
  const root = URL.parse(base);
  if (url === null || root === null || url.origin !== root.origin || url.search !== "" || url.hash !== "")
    return undefined;
  const rootPath = root.pathname.replace(/\/$/, "");
  if (url.pathname !== rootPath && !url.pathname.startsWith(`${rootPath}/`)) return undefined;
  return url.pathname.slice(rootPath.length);
};

const interfaceBelow = (
  upstream: string,
  one: unknown,
): { readonly binding: string; readonly path: string } | undefined => {
  const binding = stringAt(one, "protocolBinding");
  const path = pathBelow(upstream, stringAt(one, "url"));
  const isSpoken = BINDINGS.has(binding) && VERSION.test(stringAt(one, "protocolVersion"));
  return path === undefined || !isSpoken ? undefined : { binding, path };
};

const signatureOf = (value: unknown): readonly CardSignature[] => {
  const [head, signature] = [stringAt(value, "protected"), stringAt(value, "signature")];
  if (head === "" || signature === "") return [];
  const header = isObject(value) ? value["header"] : undefined;
  return [{ protected: head, signature, ...(isObject(header) && { header }) }];
};

/**
 * Reads a card. `upstream`: base URL of the route's upstream; interfaces elsewhere are not reached.
 * Undefined for what is no card of an agent.
 */
export const readCard = (value: unknown, upstream: string): AgentCard | undefined => {
  if (!isObject(value)) return undefined;
  const name = stringAt(value, "name");
  const interfaces = arrayAt(value, "supportedInterfaces").map((one) => interfaceBelow(upstream, one));
  if (name === "" || !Array.isArray(value["supportedInterfaces"])) return undefined;
  const pathOf = (binding: string): string | undefined => interfaces.find((one) => one?.binding === binding)?.path;
  return {
    value,
    name,
    rpcPath: pathOf("JSONRPC"),
    restPath: pathOf("HTTP+JSON")?.replace(/\/$/, ""),
    signatures: arrayAt(value, "signatures").slice(0, SIGNATURES_MAX).flatMap(signatureOf),
  };
};

/** Path below the upstream for one below the route: the route itself is the JSON-RPC binding. */
export const pathAt = ({ rpcPath, restPath }: AgentCard, rest: string): string | undefined => {
  if (rest === "/") return rpcPath;
  return restPath === undefined ? undefined : restPath + rest;
};

/** What was signed, and what is pinned: the card without the signatures over it. */
export const withoutSignatures = ({ signatures: _over, ...rest }: JsonObject): JsonObject => rest;

/** Where an agent is in cards of versions before 1.0, and in another spelling: ways past the route. */
const OTHER_ADDRESSES = new Set([
  "url",
  "preferredTransport",
  "preferred_transport",
  "additionalInterfaces",
  "additional_interfaces",
  "supported_interfaces",
]);

/** What of a card says who may call: the card's own requirements, and those of its skills. */
const requirementsIn = (card: unknown): readonly unknown[] =>
  [card, ...arrayAt(card, "skills")].flatMap((one) =>
    ["securityRequirements", "security_requirements"].flatMap((key) => arrayAt(one, key)),
  );

/** Whether a card has a requirement that requires nothing: whoever calls meets it, whatever stands beside it. */
export const asksNobody = (card: unknown): boolean =>
  requirementsIn(card).some((one) => Object.keys(objectAt(one, "schemes")).length === 0);

/**
 * The card as callers are told it: the agent's interfaces that can be reached through the route, at the route's address.
 * Its signatures are not over this any more and stay here.
 */
export const outwardCard = (
  value: JsonObject,
  upstream: string,
  { base, pushes }: { readonly base: string; readonly pushes: boolean },
): JsonObject => ({
  ...Object.fromEntries(Object.entries(withoutSignatures(value)).filter(([key]) => !OTHER_ADDRESSES.has(key))),
  supportedInterfaces: arrayAt(value, "supportedInterfaces").flatMap((one) =>
    isObject(one) && interfaceBelow(upstream, one) !== undefined ? [{ ...one, url: base }] : [],
  ),
  capabilities: { ...objectAt(value, "capabilities"), ...(!pushes && { pushNotifications: false }) },
});

/**
 * Members that say nothing, which signers may leave out (specification, 8.4.1), and items of lists, as the SDKs do. Of a
 * card that {@link asksNobody} it leaves out what matters.
 */
export const withoutEmpty = (value: unknown): unknown => {
  if (value === "" || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value)
    .map(([key, member]) => [key, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
};
