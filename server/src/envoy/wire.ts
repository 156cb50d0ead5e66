import protobuf from "protobufjs/light.js";

const field = (id: number, type: string, rule?: "repeated") => ({ id, type, ...(rule === undefined ? {} : { rule }) });
const map = (id: number, type: string) => ({ id, type, keyType: "string" });

/**
 * What is read and written of Envoy's services, by field numbers; fields not named are skipped. Sources:
 * envoyproxy/envoy, api/envoy/service/ext_proc/v3/external_processor.proto, service/auth/v3/external_auth.proto and
 * attribute_context.proto, config/core/v3/base.proto; grpc/grpc-proto, grpc/health/v1/health.proto;
 * google/protobuf/struct.proto.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    HeaderValue: { fields: { key: field(1, "string"), value: field(2, "string"), rawValue: field(3, "bytes") } },
    HeaderMap: { fields: { headers: field(1, "HeaderValue", "repeated") } },
    HeaderValueOption: { fields: { header: field(1, "HeaderValue"), appendAction: field(3, "int32") } },
    HeaderMutation: {
      fields: { setHeaders: field(1, "HeaderValueOption", "repeated"), removeHeaders: field(2, "string", "repeated") },
    },
    HttpStatus: { fields: { code: field(1, "int32") } },
    Struct: { fields: { fields: map(1, "Value") } },
    Value: { fields: { stringValue: field(3, "string"), structValue: field(5, "Struct") } },

    ProcessingRequest: {
      fields: {
        requestHeaders: field(2, "HttpHeaders"),
        responseHeaders: field(3, "HttpHeaders"),
        requestBody: field(4, "HttpBody"),
        responseBody: field(5, "HttpBody"),
        requestTrailers: field(6, "HttpTrailers"),
        responseTrailers: field(7, "HttpTrailers"),
        observabilityMode: field(10, "bool"),
        protocolConfig: field(11, "ProtocolConfiguration"),
      },
    },
    ProtocolConfiguration: { fields: { requestBodyMode: field(1, "int32"), responseBodyMode: field(2, "int32") } },
    HttpHeaders: { fields: { headers: field(1, "HeaderMap"), endOfStream: field(3, "bool") } },
    HttpBody: { fields: { body: field(1, "bytes"), endOfStream: field(2, "bool") } },
    HttpTrailers: { fields: { trailers: field(1, "HeaderMap") } },

    ProcessingResponse: {
      fields: {
        requestHeaders: field(1, "CommonAnswer"),
        responseHeaders: field(2, "CommonAnswer"),
        requestBody: field(3, "CommonAnswer"),
        responseBody: field(4, "CommonAnswer"),
        requestTrailers: field(5, "TrailersResponse"),
        responseTrailers: field(6, "TrailersResponse"),
        immediateResponse: field(7, "ImmediateResponse"),
        dynamicMetadata: field(8, "Struct"),
      },
    },
    // HeadersResponse and BodyResponse are alike.
    CommonAnswer: { fields: { response: field(1, "CommonResponse") } },
    CommonResponse: { fields: { headerMutation: field(2, "HeaderMutation"), bodyMutation: field(3, "BodyMutation") } },
    BodyMutation: {
      fields: {
        body: field(1, "bytes"),
        clearBody: field(2, "bool"),
        streamedResponse: field(3, "StreamedBodyResponse"),
      },
    },
    StreamedBodyResponse: { fields: { body: field(1, "bytes"), endOfStream: field(2, "bool") } },
    TrailersResponse: { fields: { headerMutation: field(1, "HeaderMutation") } },
    ImmediateResponse: {
      fields: {
        status: field(1, "HttpStatus"),
        headers: field(2, "HeaderMutation"),
        body: field(3, "bytes"),
        details: field(5, "string"),
      },
    },

    CheckRequest: { fields: { attributes: field(1, "AttributeContext") } },
    AttributeContext: { fields: { request: field(4, "AttributeRequest") } },
    AttributeRequest: { fields: { http: field(2, "HttpRequest") } },
    HttpRequest: {
      fields: {
        method: field(2, "string"),
        headers: map(3, "string"),
        path: field(4, "string"),
        host: field(5, "string"),
        body: field(11, "string"),
        rawBody: field(12, "bytes"),
        headerMap: field(13, "HeaderMap"),
      },
    },
    CheckResponse: {
      fields: {
        status: field(1, "RpcStatus"),
        deniedResponse: field(2, "DeniedHttpResponse"),
        okResponse: field(3, "OkHttpResponse"),
        dynamicMetadata: field(4, "Struct"),
      },
    },
    RpcStatus: { fields: { code: field(1, "int32"), message: field(2, "string") } },
    DeniedHttpResponse: {
      fields: {
        status: field(1, "HttpStatus"),
        headers: field(2, "HeaderValueOption", "repeated"),
        body: field(3, "string"),
      },
    },
    OkHttpResponse: {
      fields: {
        headers: field(2, "HeaderValueOption", "repeated"),
        headersToRemove: field(5, "string", "repeated"),
        responseHeadersToAdd: field(6, "HeaderValueOption", "repeated"),
      },
    },

    HealthCheckRequest: { fields: { service: field(1, "string") } },
    HealthCheckResponse: { fields: { status: field(1, "int32") } },
  },
});

const NAMES = [
  "ProcessingRequest",
  "ProcessingResponse",
  "CheckRequest",
  "CheckResponse",
  "HealthCheckRequest",
  "HealthCheckResponse",
] as const;

export type WireMessage = (typeof NAMES)[number];

const types: ReadonlyMap<WireMessage, protobuf.Type> = new Map(NAMES.map((name) => [name, root.lookupType(name)]));

/** Throws for bytes that are no such message, and for values nested deeper than 100. */
export const decodeWire = (name: WireMessage, bytes: Uint8Array): object => types.get(name)?.decode(bytes) ?? {};

export const encodeWire = (name: WireMessage, value: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(types.get(name)?.encode(value).finish() ?? []);
