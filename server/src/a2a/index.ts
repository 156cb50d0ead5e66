/**
 * Agents behind routes of A2A: their cards, read, checked, pinned, and told to callers with the route's address.
 *
 * Moves no messages: those take the gateway's road like any other. Invariants: nothing goes to an agent whose card was not
 * read; a card that changed, or whose signature does not fit, stops all that is asked of its agent; no interface outside
 * of the route's upstream is reached.
 */
export { lookAtAgent, type AgentLook } from "./look-at-agent.ts";
export { createPeers, type PeersOptions } from "./peers.ts";
