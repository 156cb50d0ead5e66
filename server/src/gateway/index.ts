/**
 * The inline proxy: moves bytes between callers and upstreams, asks the pipeline what may move.
 *
 * Judges nothing itself and knows no wire format: protocols decode, the pipeline decides. Invariants:
 * what no endpoint of the catalogue describes is denied; every exchange ends in one terminal state; an
 * answer carries only protocol content types and headers from a list.
 */
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export { createRouteTable, type RouteTable } from "./route-table.ts";
export { createExaminationPool, type ExaminationPool } from "./examination-pool.ts";
export { createKeptObjects } from "./kept-objects.ts";
export { probePath, type ProbeLaneOptions } from "./probe-lane.ts";
export { lanePath, type SelfTestLaneOptions } from "./self-test-lane.ts";
export type { GatewayMetrics } from "./gateway-metrics.ts";
