/**
 * What other machines send: records of gateways that run on their own.
 *
 * Answers success only after a durable append. Invariants: a credential before anything is read; what is
 * malformed is refused whole with the line that is wrong; what was accepted before is not accepted twice.
 */
export { createGatewayIngest, GATEWAY_RECORDS_PATH, GATEWAY_STATE_PATH, GatewayState } from "./gateway-records.ts";
