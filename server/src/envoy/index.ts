/**
 * Envoy's gRPC services: external authorization, external processing, health.
 *
 * Judges nothing and records nothing: what Envoy shows becomes a request to the gateway's own front, within the process,
 * and what the gateway would have sent on or answered becomes what Envoy is told. Invariants: nothing is let go before the
 * gateway let it go, with the bytes that it let go; a stream to Envoy never ends cleanly while something is not judged,
 * because Envoy would take that for a yes.
 */
export { openEnvoyDoor, type EnvoyDoor, type EnvoyDoorOptions } from "./envoy-door.ts";
