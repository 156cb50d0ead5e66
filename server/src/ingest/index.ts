/**
 * What others send: records of gateways that run on their own, and telemetry of sources by any transport.
 *
 * Answers success only after a durable append. Invariants: a credential before anything is kept; what a gateway
 * sends malformed is refused whole, what a source sends malformed goes to the dead letters and is counted; what
 * was accepted before is not accepted twice; a position moves only behind what is durable.
 */
export {
  createGatewayIngest,
  GATEWAY_APPROVALS_PATH,
  GATEWAY_RECORDS_PATH,
  GATEWAY_STATE_PATH,
  GatewayState,
} from "./gateway-records.ts";
export { createDeadLetters, type DeadLetters, type OpenedLetter } from "./dead-letters.ts";
export { createFeeds, UnknownKind, type FeedNote, type Feeds } from "./feeds.ts";
export type { Feed } from "./feed.ts";
export { createHttpDoor, type Insider } from "./http-door.ts";
export { createIntake, type FeedParts, type Intake, type Outcome } from "./intake.ts";
export { createSeenIds, type SeenIds } from "./seen-ids.ts";
export { openTransport } from "./transports/open-transport.ts";
export { runTransport, type RunningTransport } from "./transports/run-transport.ts";
