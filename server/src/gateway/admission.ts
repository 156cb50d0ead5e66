import type { IncomingMessage } from "node:http";
import { DEFAULT_TENANT, type ExchangeId, type RouteConfiguration, type TenantId } from "@parapet/model";
import { allowsModel, type Keyring, type RateLimits } from "#access";
import { createExchange, type Exchange, type Inspected, type RoadTools } from "#pipeline";
import { declaredBoundary, Fault, formBoundary, plainAddress, type Clock } from "#platform";
import { NO_REQUEST, type DecodedRequest, type Endpoint, type Protocol } from "#protocols";
import type { StoredKey } from "#storage";
import type { ByteShare } from "./byte-budget.ts";
import { HEAD_BYTES_HEADER, headBytesOf, type BodyShape } from "./body-shape.ts";
import { BodyRefused } from "./decoded-body.ts";
import { contextOf } from "./exchange-context.ts";
import { decodeRequestBody, type Examined, type ExaminationFrame } from "./examination.ts";
import { INLINE_BYTES_MAX, type ExaminationPool } from "./examination-pool.ts";
import { mediaType, notFixed } from "./headers.ts";
import { identify, principalName, type Identity } from "./identify.ts";
import { withoutUnseen, type KeptObjects } from "./kept-objects.ts";
import type { KeptUploads } from "./kept-uploads.ts";
import type { Bounds, Passage } from "./passage.ts";
import { checkBodyHeaders, readBody } from "./read-body.ts";
import { asRequest, needExtractor, withPlainDocuments } from "./read-documents.ts";
import {
  acceptsQuery,
  denialOf,
  endpointOf,
  modelInPath,
  valueInPath,
  type Route,
  type RouteMatch,
} from "./route-table.ts";
import { callerOf, enterUpload, type ReadRequest } from "./upload-steps.ts";

export interface AdmissionOptions {
  readonly road: RoadTools;
  readonly keyring: () => Keyring;
  readonly limits: RateLimits;
  readonly bounds: Bounds;
  readonly pool: ExaminationPool;
  readonly kept: KeptObjects;
  readonly uploads: KeptUploads;
  /** Name and start of this gateway, for records. */
  readonly node: string;
  readonly boot: string;
  readonly registeredSecrets: () => readonly string[];
  readonly clock: Clock;
}

/** A request that may enter the road: who sends it, and what it says. */
export interface Admitted {
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly decoded: DecodedRequest;
  /** As in {@link Passage}. */
  readonly operation: string;
  readonly bytes: Buffer | undefined;
  /** Present when a worker inspected it on the way. */
  readonly inspected: Inspected | undefined;
  readonly frame: ExaminationFrame;
  readonly spend: (tokens: number) => void;
  /** As in {@link Passage}. */
  readonly keep: Passage["keep"];
  /** Called when the exchange is over, however it ended. */
  readonly leave: () => void;
}

/** What stands before anything is read. */
interface Begun {
  readonly id: ExchangeId;
  readonly startedMs: number;
  readonly share: ByteShare;
}

/**
 * The strict front, in this order: key, endpoint, body, decoding, model. Throws the fault of what is wrong;
 * nothing of a refused request is read further than it must be.
 */
export const createAdmission = (options: AdmissionOptions) => {
  const { road, bounds, pool, clock } = options;

  const authenticate = async (request: IncomingMessage, match: RouteMatch): Promise<StoredKey | undefined> => {
    const { lane, protocol } = match.route;
    const presented = presentedKey(request, protocol.credential);
    if (lane !== undefined) {
      if (!lane.admits(presented))
        throw new Fault("unauthorized", { detail: `not ${lane.name === "probe" ? "a probe" : "the self-test"}` });
      return undefined;
    }
    const keyring = options.keyring();
    if (!keyring.guarded) return undefined;
    const nowMs = clock.now();
    const use = { route: match.route.configuration.id, address: addressOf(request), nowMs };
    const check = keyring.authenticate(presented, use);
    if (!check.ok) throw new Fault(check.code, { detail: check.reason });
    const admitted = await options.limits.admit(check.key, nowMs);
    if (!admitted.ok) {
      const { retryAfterSeconds, what } = admitted;
      throw new Fault("rate_limited", { retryAfterSeconds, message: `This key is over its ${what}.` });
    }
    return check.key;
  };

  /** Reads and decodes a body; a large one is also inspected on the way, in a worker, so that the loop stays free. */
  const read = async (
    request: IncomingMessage,
    { route }: RouteMatch,
    endpoint: Endpoint,
    frame: ExaminationFrame,
    share: ByteShare,
  ): Promise<ReadRequest> => {
    // Envoy sends what fits its buffer where it is told to, and says so.
    if (request.headers["x-envoy-auth-partial-body"] === "true")
      throw new Fault("not_inspected", { message: "Only a part of the body was sent to be judged." });
    if (endpoint.body === "none")
      return {
        bytes: undefined,
        decoded: { ...NO_REQUEST, stream: endpoint.streams === true },
        inspected: undefined,
      };
    checkBodyHeaders(request, endpoint.body, bounds.bodyBytesMax, share, endpoint.mediaTypes);
    const bytes = await readBody(request, bounds.bodyBytesMax, share);
    if (endpoint.body === "form" && formBoundary(bytes) !== declaredBoundary(request.headers["content-type"] ?? ""))
      throw new Fault("bad_request", { message: "The form does not begin with the boundary that its header names." });
    return {
      bytes,
      ...(await examine(bytes, route, endpoint, frame, shapeOf(request, endpoint, route.configuration))),
    };
  };

  const examine = async (
    bytes: Buffer,
    { configuration, protocol }: Route,
    endpoint: Endpoint,
    frame: ExaminationFrame,
    shape: BodyShape,
  ): Promise<Examined<DecodedRequest>> => {
    const whole =
      bytes.length > INLINE_BYTES_MAX ? undefined : decodeRequestBody(bytes, endpoint, bounds.depthMax, shape);
    if (whole?.ok === false) throw new BodyRefused(whole);
    const { inspect } = configuration;
    if (whole === undefined || (inspect && needExtractor(whole.value.documents))) {
      const context = contextOf(NO_REQUEST, configuration, undefined, frame.registeredSecrets);
      const job = { bytes, protocol: protocol.id, endpoint: endpoint.name, shape };
      const examined = await pool.request({ ...job, frame: { ...frame, firstIndex: 0, context } });
      if (!examined.ok) throw new BodyRefused(examined);
      return examined.value;
    }
    const { decoded, documents } = whole.value;
    return {
      decoded: inspect ? withPlainDocuments(decoded, documents, asRequest(frame.toward)) : decoded,
      inspected: undefined,
    };
  };

  return async (request: IncomingMessage, match: RouteMatch, begun: Begun): Promise<Admitted> => {
    const { id, startedMs, share } = begun;
    const { configuration, protocol, mode } = match.route;
    const key = await authenticate(request, match);
    const tenant: TenantId = key?.tenant ?? DEFAULT_TENANT;
    const endpoint = endpointOf(protocol, request.method ?? "", match.rest);
    if (endpoint === undefined)
      throw new Fault("unknown_endpoint", {
        detail: `${request.method} ${cleanPath(match.rest)}`,
        ...denialOf(protocol, match.rest),
      });
    // A query is text that no detector reads: only what an endpoint names, in the form that it has there.
    if (match.query !== "" && !acceptsQuery(endpoint, match.query)) {
      throw new Fault("bad_request", { message: "This endpoint takes no such query parameters." });
    }
    const { fixed = {} } = protocol.headers;
    const other = notFixed(request.headers, fixed);
    if (other !== undefined)
      throw new Fault("bad_request", { message: `The header ${other} may only be ${fixed[other]} here.` });
    const frame = frameOf(id, tenant, match.route, options);
    const received = await read(request, match, endpoint, frame, share);
    const scope = { tenant, route: configuration.id };
    const enforces = mode() === "enforce" && configuration.inspect;
    const { upload: step } = received.decoded;
    const upload = valueInPath(endpoint, match.rest, "upload");
    const uploading =
      step === undefined && upload === ""
        ? undefined
        : await enterUpload(options.uploads, received, {
            step,
            id: upload,
            scope: { ...scope, caller: callerOf(request, key, configuration) },
            inspects: configuration.inspect,
            enforces,
            share,
            examine: (bytes, shape) => examine(bytes, match.route, endpoint, frame, shape),
          });
    const { bytes, decoded: written, inspected } = uploading?.request ?? received;
    const judged = configuration.guard === "ext-authz" ? asQuestion(written) : written;
    const said = endpoint.body !== "none" ? withModel(judged, modelInPath(endpoint, match.rest)) : judged;
    const decoded = await withoutUnseen(said, options.kept, scope, enforces);
    // A body that names no model gets the provider's default, which nobody has put on the key's list.
    const asksModel = protocol.toward !== "tool" && (decoded.model !== "" || endpoint.body !== "none");
    if (
      key !== undefined &&
      asksModel &&
      ![decoded.model, ...(decoded.otherModels ?? [])].every((model) => allowsModel(key, model))
    ) {
      uploading?.left();
      throw new Fault("forbidden", { message: "This key may not use this model." });
    }
    const { lane } = match.route;
    const {
      principal,
      said: words,
      ...who
    } = lane !== undefined
      ? { ...laneIdentity(lane.name), said: undefined }
      : identify(request.headers, decoded, key, configuration);
    const operation = endpoint.operation ?? decoded.operation ?? endpoint.name;
    const exchange = createExchange(
      {
        origin: {
          tenant,
          exchange: id,
          route: configuration.id,
          protocol: protocol.id,
          endpoint: operation,
          model: decoded.model,
          ...who,
          principal: principalName(principal),
          ...(key !== undefined && { key: key.id }),
          address: addressOf(request),
          node: options.node,
          boot: options.boot,
          streamed: decoded.stream,
          ...(lane !== undefined && { lane: lane.name }),
        },
        route: configuration,
        mode: mode(),
        principal,
        startedMs,
        requestBytes: bytes?.length ?? 0,
        ...(protocol.toward !== undefined && { toward: protocol.toward }),
        ...(words !== undefined && { said: words }),
      },
      road,
    );
    const spend = (tokens: number): void => {
      if (key !== undefined) void options.limits.spend(key, tokens, clock.now());
    };
    const keep: Passage["keep"] = async (answer) => {
      uploading?.answered(answer);
      const ids = uploading?.isRead === false ? [] : (answer.keeps ?? []);
      if (ids.length > 0) await Promise.all([options.kept.note(scope, ids), exchange.keepAs(ids)]);
    };
    const leave = (): void => uploading?.left();
    return { endpoint, exchange, decoded, operation, bytes, inspected, frame, spend, keep, leave };
  };
};

/** A request that goes on elsewhere: nothing can be changed in it, and its answer is not seen here. */
const asQuestion = (decoded: DecodedRequest): DecodedRequest => ({
  ...decoded,
  stream: false,
  segments: decoded.segments.map((segment) => ({ ...segment, sealed: true as const })),
});

const shapeOf = (
  { headers }: IncomingMessage,
  { body }: Endpoint,
  { capture }: Pick<RouteConfiguration, "capture">,
): BodyShape => {
  const headBytes = body === "tensors" ? headBytesOf(headers[HEAD_BYTES_HEADER]) : undefined;
  return {
    type: mediaType(headers["content-type"]),
    ...(headBytes !== undefined && { headBytes }),
    ...(capture !== "hash" && { outlined: true }),
  };
};

/** A request whose path names the model; what its body names besides is another one. */
const withModel = (decoded: DecodedRequest, model: string): DecodedRequest => {
  if (model === "") return decoded;
  const others = [decoded.model, ...(decoded.otherModels ?? [])].filter((one) => one !== "" && one !== model);
  return { ...decoded, model, otherModels: others };
};

/** Without a session, so that it neither remembers nor takes the place of anybody's. */
const laneIdentity = (name: string): Identity => ({
  principal: { kind: "Key", id: name },
  session: "",
  sessionSource: "none",
});

const PATH_UNITS_MAX = 60;

/** Enough of a path to know which endpoint was asked for, and no more. */
export const cleanPath = (path: string): string => path.slice(0, PATH_UNITS_MAX).replaceAll(/[^\w/.-]/g, "?");

/** The caller's address; IPv4 in its own form also where the socket is IPv6. */
export const addressOf = (request: IncomingMessage): string => plainAddress(request.socket.remoteAddress ?? "");

const frameOf = (
  exchange: ExchangeId,
  tenant: TenantId,
  { configuration: route, protocol: { toward } }: Route,
  { bounds, registeredSecrets }: AdmissionOptions,
): ExaminationFrame => ({
  exchange,
  tenant,
  route,
  depthMax: bounds.depthMax,
  registeredSecrets: registeredSecrets(),
  ...(toward !== undefined && { toward }),
});

/** `x-parapet-key`, else the bearer token, else what stands where the protocol has its credential. */
const presentedKey = ({ headers }: IncomingMessage, { header, prefix }: Protocol["credential"]): string | undefined => {
  const own = headers["x-parapet-key"];
  if (typeof own === "string") return own;
  const bearer = /^Bearer (\S{1,400})$/i.exec(headers.authorization ?? "")?.[1];
  const credential = headers[header];
  return bearer ?? (prefix === "" && typeof credential === "string" ? credential.slice(0, 400) : undefined);
};
