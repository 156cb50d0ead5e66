import { z } from "zod";
import { decodeWire } from "./wire.ts";

// What is absent reads as an empty list.
const Bytes = z.union([z.instanceof(Uint8Array), z.tuple([]).transform(() => new Uint8Array())]);
const HeaderValues = z.object({
  headers: z.array(z.object({ key: z.string(), value: z.string(), rawValue: Bytes })),
});
const HttpHeaders = z.object({ headers: HeaderValues.nullish(), endOfStream: z.boolean() });
const HttpBody = z.object({ body: Bytes, endOfStream: z.boolean() });
const HttpTrailers = z.object({});

const ProcessingRequest = z.object({
  requestHeaders: HttpHeaders.nullish(),
  responseHeaders: HttpHeaders.nullish(),
  requestBody: HttpBody.nullish(),
  responseBody: HttpBody.nullish(),
  requestTrailers: HttpTrailers.nullish(),
  responseTrailers: HttpTrailers.nullish(),
  observabilityMode: z.boolean(),
  protocolConfig: z.object({ requestBodyMode: z.int(), responseBodyMode: z.int() }).nullish(),
});

const CheckRequest = z.object({
  attributes: z
    .object({
      request: z
        .object({
          http: z
            .object({
              method: z.string(),
              headers: z.record(z.string(), z.string()),
              path: z.string(),
              host: z.string(),
              body: z.string(),
              rawBody: Bytes,
              headerMap: HeaderValues.nullish(),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/** A header as Envoy shows it: lower-case name, value as its bytes in Latin-1. Names that begin with a colon are HTTP/2's. */
export type ShownHeader = readonly [name: string, value: string];

/** How Envoy was told to show a body; `unknown` where its version does not say. */
export type BodyMode = "unknown" | "none" | "streamed" | "buffered" | "buffered-partial" | "full-duplex" | "grpc";

const BODY_MODES: readonly BodyMode[] = ["none", "streamed", "buffered", "buffered-partial", "full-duplex", "grpc"];

export interface BodyModes {
  readonly request: BodyMode;
  readonly response: BodyMode;
}

interface Head<Kind> {
  readonly kind: Kind;
  readonly headers: readonly ShownHeader[];
  /** Nothing follows: neither a body nor trailers. */
  readonly isEnd: boolean;
  /** Of the first message of a stream. */
  readonly modes: BodyModes;
  /** Envoy only shows, and waits for no answer. */
  readonly isWatching: boolean;
}
interface Body<Kind> {
  readonly kind: Kind;
  readonly bytes: Buffer;
  readonly isEnd: boolean;
}
interface Trailers<Kind> {
  readonly kind: Kind;
}

export type RequestHead = Head<"request-headers">;
export type RequestBody = Body<"request-body">;
export type RequestShown = RequestHead | RequestBody | Trailers<"request-trailers">;
export type ResponseHead = Head<"response-headers">;
export type ResponseBody = Body<"response-body">;
export type ResponseShown = ResponseHead | ResponseBody | Trailers<"response-trailers">;
/** One message of external processing. */
export type Shown = RequestShown | ResponseShown | { readonly kind: "unknown" };

const headersOf = (map: z.infer<typeof HeaderValues> | null | undefined): readonly ShownHeader[] =>
  (map?.headers ?? []).map(({ key, value, rawValue }) => [
    key,
    // Envoy sends bytes; older versions, and newer ones where they are told to, a text.
    rawValue.length > 0 ? Buffer.from(rawValue).toString("latin1") : value,
  ]);

const modeOf = (value: number | undefined): BodyMode =>
  value === undefined ? "unknown" : (BODY_MODES[value] ?? "grpc");

/** Throws for bytes that are no such message. */
export const readShown = (bytes: Uint8Array): Shown => {
  const read = ProcessingRequest.parse(decodeWire("ProcessingRequest", bytes));
  const { requestHeaders, responseHeaders, requestBody, responseBody, requestTrailers, responseTrailers } = read;
  // Of several, which a `oneof` does not allow, none counts.
  const set = [requestHeaders, responseHeaders, requestBody, responseBody, requestTrailers, responseTrailers];
  if (set.filter((one) => one !== null && one !== undefined).length !== 1) return { kind: "unknown" };
  const { protocolConfig: told, observabilityMode: isWatching } = read;
  const modes = { request: modeOf(told?.requestBodyMode), response: modeOf(told?.responseBodyMode) };
  const head = requestHeaders ?? responseHeaders;
  if (head) {
    const kind = requestHeaders ? "request-headers" : "response-headers";
    return { kind, headers: headersOf(head.headers), isEnd: head.endOfStream, modes, isWatching };
  }
  const body = requestBody ?? responseBody;
  if (body) {
    const kind = requestBody ? "request-body" : "response-body";
    return { kind, bytes: Buffer.from(body.body), isEnd: body.endOfStream };
  }
  return { kind: requestTrailers ? "request-trailers" : "response-trailers" };
};

/** A request that external authorization asks about. */
export interface Checked {
  readonly headers: readonly ShownHeader[];
  readonly body: Buffer;
}

/** Undefined where no HTTP request is asked about. Throws for bytes that are no such message. */
export const readChecked = (bytes: Uint8Array): Checked | undefined => {
  const http = CheckRequest.parse(decodeWire("CheckRequest", bytes)).attributes?.request?.http;
  if (!http) return undefined;
  const shown = http.headerMap ? headersOf(http.headerMap) : Object.entries(http.headers);
  return {
    headers: [
      ...shown.filter(([name]) => !name.startsWith(":")),
      [":method", http.method],
      [":path", http.path],
      [":authority", http.host],
    ],
    body: http.rawBody.length > 0 ? Buffer.from(http.rawBody) : Buffer.from(http.body),
  };
};
