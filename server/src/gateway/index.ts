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
export { addressOf } from "./admission.ts";
export { keptResponse } from "./approvals.ts";
export { verdictHeaders } from "./answer.ts";
export { createByteBudget, type ByteBudget, type ByteShare } from "./byte-budget.ts";
export { createDeparture, type Departure } from "./departure.ts";
export { editBody } from "./edit-body.ts";
export { JSON_TYPE, mediaType } from "./headers.ts";
export { createHttpUpstream } from "./http-upstream.ts";
export { identify, identityHeaders, principalName } from "./identify.ts";
export { leaveUnread } from "./leave-unread.ts";
export type { Bounds } from "./passage.ts";
export { checkBodyHeaders, readBody } from "./read-body.ts";
export { documentsIn, needExtractor, withPlainDocuments } from "./read-documents.ts";
export { answerUpgrade } from "./refused-upgrade.ts";
export { createRefusalLog } from "./refusal-log.ts";
export type { Peer, PeerAdmission, PeerRequest } from "./peer.ts";
export type { Upstream, UpstreamRequest, UpstreamResponse } from "./upstream.ts";
export type { GatewayMetrics } from "./gateway-metrics.ts";
