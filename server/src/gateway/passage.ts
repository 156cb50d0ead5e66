import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "@parapet/model";
import type { z } from "zod";
import type { ApprovalTools, Exchange, ReturningTool, RoadTools } from "#pipeline";
import type { Clock } from "#platform";
import type { DecodedRequest, DecodedResponse, Endpoint, ErrorNotice } from "#protocols";
import type { ByteShare } from "./byte-budget.ts";
import type { Departure } from "./departure.ts";
import type { ExaminationFrame } from "./examination.ts";
import type { ExaminationPool } from "./examination-pool.ts";
import type { RouteMatch } from "./route-table.ts";

export type Bounds = Readonly<z.infer<typeof Limits>>;

/** What an error needs to know of the request that it answers. */
export const placeOf = ({
  match,
  decoded,
}: Pick<Passage, "match"> & { readonly decoded?: Pick<DecodedRequest, "replyTo"> }): Pick<
  ErrorNotice,
  "path" | "replyTo"
> => ({
  path: match.rest,
  ...(decoded?.replyTo !== undefined && { replyTo: decoded.replyTo }),
});

/** Whose words an answer brings, where the upstream is no model. */
export const toolOf = ({ match, decoded, operation }: Passage): ReturningTool | undefined =>
  match.route.protocol.toward === "tool"
    ? { call: decoded.act?.id ?? "", name: decoded.act?.name ?? operation, server: match.route.configuration.id }
    : undefined;

/** Everything one exchange needs while it is handled. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly match: RouteMatch;
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly decoded: DecodedRequest;
  /** What is asked for, for records: the endpoint, or its own name of it. */
  readonly operation: string;
  readonly bounds: Bounds;
  readonly clock: Clock;
  readonly startedMs: number;
  /** Time until the upstream was asked; 0 before. */
  beforeUpstreamMs: number;
  readonly frame: ExaminationFrame;
  /** Whether something was taken out of the request. */
  isEdited: boolean;
  /** The request's bytes, where tensors are kept as features. */
  readonly tensors: { readonly bytes: Buffer; readonly headBytes: number | undefined } | undefined;
  readonly recorder: RoadTools["recorder"];
  readonly pool: ExaminationPool;
  /** What it holds of the bytes in flight. */
  readonly share: ByteShare;
  /** The caller's leaving. */
  readonly caller: Departure;
  /** Of the upstream call: it ends when the caller leaves, or when the gateway gives it up. */
  readonly call: Departure;
  /** Digest of the body as it came; absent where there is none, and where no policy holds anything. */
  readonly bodyHash: (() => string) | undefined;
  readonly approvals: ApprovalTools | undefined;
  /** Called with what the upstream counted, for token limits. */
  readonly spend: (tokens: number) => void;
  /** Called with what an answer that was let go whole says that the provider keeps. */
  readonly keep: (answer: Pick<DecodedResponse, "keeps" | "upload">) => Promise<void>;
}
