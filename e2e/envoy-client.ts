import { credentials, Metadata, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";
import { Client } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** Envoy's side of the services, from its own .proto files, cut to what is used here. */
const root = protobuf.parse(
  `
  syntax = "proto3";
  message HeaderValue { string key = 1; string value = 2; bytes raw_value = 3; }
  message HeaderMap { repeated HeaderValue headers = 1; }
  message HeaderValueOption { HeaderValue header = 1; int32 append_action = 3; }
  message HeaderMutation { repeated HeaderValueOption set_headers = 1; repeated string remove_headers = 2; }
  message HttpStatus { int32 code = 1; }
  message Struct { map<string, Value> fields = 1; }
  message Value { oneof kind { string string_value = 3; Struct struct_value = 5; } }
  message HttpHeaders { HeaderMap headers = 1; bool end_of_stream = 3; }
  message HttpBody { bytes body = 1; bool end_of_stream = 2; }
  message HttpTrailers { HeaderMap trailers = 1; }
  message ProtocolConfiguration { int32 request_body_mode = 1; int32 response_body_mode = 2; bool send_body_without_waiting_for_header_response = 3; }
  message ProcessingRequest {
    oneof request {
      HttpHeaders request_headers = 2; HttpHeaders response_headers = 3;
      HttpBody request_body = 4; HttpBody response_body = 5;
      HttpTrailers request_trailers = 6; HttpTrailers response_trailers = 7;
    }
    map<string, Struct> attributes = 9;
    bool observability_mode = 10;
    ProtocolConfiguration protocol_config = 11;
  }
  message StreamedBodyResponse { bytes body = 1; bool end_of_stream = 2; }
  message BodyMutation { oneof mutation { bytes body = 1; bool clear_body = 2; StreamedBodyResponse streamed_response = 3; } }
  message CommonResponse { int32 status = 1; HeaderMutation header_mutation = 2; BodyMutation body_mutation = 3; HeaderMap trailers = 4; }
  message HeadersResponse { CommonResponse response = 1; }
  message BodyResponse { CommonResponse response = 1; }
  message TrailersResponse { HeaderMutation header_mutation = 1; }
  message ImmediateResponse { HttpStatus status = 1; HeaderMutation headers = 2; bytes body = 3; string details = 5; }
  message ProcessingResponse {
    oneof response {
      HeadersResponse request_headers = 1; HeadersResponse response_headers = 2;
      BodyResponse request_body = 3; BodyResponse response_body = 4;
      TrailersResponse request_trailers = 5; TrailersResponse response_trailers = 6;
      ImmediateResponse immediate_response = 7;
    }
    Struct dynamic_metadata = 8;
  }
  message HttpRequest { string id = 1; string method = 2; map<string, string> headers = 3; string path = 4; string host = 5; string scheme = 6; int64 size = 9; string body = 11; bytes raw_body = 12; }
  message Request { HttpRequest http = 2; }
  message AttributeContext { Request request = 4; }
  message CheckRequest { AttributeContext attributes = 1; }
  message RpcStatus { int32 code = 1; string message = 2; }
  message DeniedHttpResponse { HttpStatus status = 1; repeated HeaderValueOption headers = 2; string body = 3; }
  message OkHttpResponse { repeated HeaderValueOption headers = 2; repeated string headers_to_remove = 5; repeated HeaderValueOption response_headers_to_add = 6; }
  message CheckResponse { RpcStatus status = 1; oneof http_response { DeniedHttpResponse denied_response = 2; OkHttpResponse ok_response = 3; } Struct dynamic_metadata = 4; }
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse { int32 status = 1; }
`,
  { keepCase: true },
).root;

const encode = (name: string) => {
  const type = root.lookupType(name);
  return (value: object): Buffer => Buffer.from(type.encode(type.fromObject(value)).finish());
};
const decode = (name: string) => {
  const type = root.lookupType(name);
  return (bytes: Buffer): any => type.toObject(type.decode(bytes), { bytes: Buffer });
};

export const MODE = { none: 0, streamed: 1, buffered: 2, partial: 3, duplex: 4, grpc: 5 } as const;
export type Mode = (typeof MODE)[keyof typeof MODE];

export interface Head {
  readonly [name: string]: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Head;
  readonly pieces: readonly (string | Buffer)[];
  readonly trailers?: boolean;
}

export interface Asked {
  readonly headers?: Head;
  readonly pieces: readonly (string | Buffer)[];
  readonly trailers?: boolean;
  /** What the upstream answers to what reaches it. */
  readonly upstream?: (body: string) => Answer;
  readonly modes?: readonly [request: Mode, response: Mode];
  /** Whether the first message says the modes, as newer versions do. */
  readonly tellsModes?: boolean;
  readonly watches?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** What goes in place of the messages that Envoy would send. */
  readonly messages?: readonly object[];
}

/** What became of a request at the other side of Envoy, and what Envoy's caller got. */
export interface Passed {
  /** Body that reached the upstream; undefined where none did. */
  readonly sent?: string;
  readonly sentHeaders?: Head;
  readonly status?: number;
  readonly headers?: Head;
  /** Pieces of the answer's body, as each message lets them go. */
  readonly pieces: readonly string[];
  readonly text: string;
  /** Whether Envoy answered by itself, and of what. */
  readonly isImmediate: boolean;
  readonly metadata: Record<string, string>;
  /** gRPC status; 0 where the stream ended cleanly. */
  readonly code: number;
  readonly details: string;
}

const headerMap = (head: Head) => ({
  headers: Object.entries(head).map(([key, value]) => ({ key, raw_value: Buffer.from(value) })),
});
const applied = (head: Head, mutation: any): Head => {
  const result: Record<string, string> = { ...head };
  for (const name of mutation?.remove_headers ?? []) delete result[name];
  for (const { header } of mutation?.set_headers ?? []) result[header.key] = header.raw_value.toString("latin1");
  return result;
};

export const envoyClient = (port: number) => {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const unary =
    (path: string, request: string, response: string) =>
    (value: object, metadata: Readonly<Record<string, string>> = {}): Promise<any> =>
      new Promise((resolve, reject) => {
        const meta = new Metadata();
        for (const [name, one] of Object.entries(metadata)) meta.set(name, one);
        client.makeUnaryRequest(path, encode(request), decode(response), value, meta, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      });

  const open = (metadata: Readonly<Record<string, string>> = {}) => {
    const meta = new Metadata();
    for (const [name, one] of Object.entries(metadata)) meta.set(name, one);
    const call: ClientDuplexStream<object, any> = client.makeBidiStreamRequest(
      "/envoy.service.ext_proc.v3.ExternalProcessor/Process",
      encode("ProcessingRequest"),
      decode("ProcessingResponse"),
      meta,
    );
    const waiting: any[] = [];
    let wake: (() => void) | undefined;
    let ended: { code: number; details: string } | undefined;
    call.on("data", (message) => {
      waiting.push(message);
      wake?.();
    });
    call.on("error", () => undefined);
    call.on("status", ({ code, details }: ServiceError) => {
      ended = { code, details };
      wake?.();
    });
    const next = async (): Promise<any> => {
      for (;;) {
        const message = waiting.shift();
        if (message !== undefined) return message;
        if (ended !== undefined) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { call, next, ended: () => ended };
  };

  /** Shows one exchange as Envoy's filter does, and acts on what it is told as Envoy would. */
  const process = async (asked: Asked): Promise<Passed> => {
    const stream = open(asked.metadata);
    const { call, next } = stream;
    const modes = asked.modes ?? [MODE.duplex, MODE.duplex];
    const head: Head = {
      ":method": "POST",
      ":path": "/v1/chat/completions",
      ":authority": "models.example",
      ":scheme": "https",
      "content-type": "application/json",
      ...asked.headers,
    };
    const passed: any = { pieces: [], metadata: {}, isImmediate: false };
    const heard = async (): Promise<any> => {
      const message = await next();
      if (message === undefined) return undefined;
      const own = message.dynamic_metadata?.fields?.parapet?.struct_value?.fields ?? {};
      for (const [name, value] of Object.entries<any>(own)) passed.metadata[name] = value.string_value;
      if (message.immediate_response === undefined) return message;
      const { status, headers, body } = message.immediate_response;
      Object.assign(passed, {
        isImmediate: true,
        status: status.code,
        headers: applied({}, headers),
        pieces: [(body ?? Buffer.alloc(0)).toString()],
      });
      return undefined;
    };

    /** One half; undefined where Envoy goes no further. */
    const half = async (
      direction: "request" | "response",
      first: object,
      shownHead: Head,
      pieces: readonly (string | Buffer)[],
      mode: Mode,
      hasTrailers: boolean,
    ): Promise<{ readonly head: Head; readonly pieces: Buffer[] } | undefined> => {
      const isBodiless = pieces.length === 0;
      call.write({
        [`${direction}_headers`]: { headers: headerMap(shownHead), end_of_stream: isBodiless && !hasTrailers },
        ...first,
      });
      let changed = shownHead;
      const out: Buffer[] = [];
      if (mode === MODE.duplex && !isBodiless) {
        for (const [index, piece] of pieces.entries())
          call.write({
            [`${direction}_body`]: {
              body: Buffer.from(piece),
              end_of_stream: index === pieces.length - 1 && !hasTrailers,
            },
          });
        if (hasTrailers) call.write({ [`${direction}_trailers`]: { trailers: { headers: [] } } });
        for (;;) {
          const message = await heard();
          if (message === undefined) return undefined;
          const told = message[`${direction}_headers`];
          if (told !== undefined) changed = applied(changed, told.response?.header_mutation);
          const streamed = message[`${direction}_body`]?.response?.body_mutation?.streamed_response;
          if (streamed?.body !== undefined && streamed.body.length > 0) out.push(streamed.body);
          if (streamed?.end_of_stream === true || message[`${direction}_trailers`] !== undefined)
            return { head: changed, pieces: out };
        }
      }
      const told = await heard();
      if (told?.[`${direction}_headers`] === undefined) return undefined;
      changed = applied(changed, told[`${direction}_headers`].response?.header_mutation);
      if (mode === MODE.none) return { head: changed, pieces: pieces.map((piece) => Buffer.from(piece)) };
      const shown =
        mode === MODE.buffered && !isBodiless ? [Buffer.concat(pieces.map((piece) => Buffer.from(piece)))] : pieces;
      for (const [index, piece] of shown.entries()) {
        const isEnd = index === shown.length - 1 && !hasTrailers && mode !== MODE.partial;
        call.write({ [`${direction}_body`]: { body: Buffer.from(piece), end_of_stream: isEnd } });
        const answer = await heard();
        const response = answer?.[`${direction}_body`]?.response;
        if (response === undefined) return undefined;
        if (mode === MODE.buffered) changed = applied(changed, response.header_mutation);
        const mutation = response.body_mutation;
        const body: Buffer = mutation?.clear_body === true ? Buffer.alloc(0) : (mutation?.body ?? Buffer.from(piece));
        if (
          mode === MODE.buffered &&
          changed["content-length"] !== undefined &&
          changed["content-length"] !== String(body.length)
        )
          throw new Error("the length announced is not the body's");
        out.push(body);
      }
      if (hasTrailers) {
        call.write({ [`${direction}_trailers`]: { trailers: { headers: [] } } });
        if ((await heard())?.[`${direction}_trailers`] === undefined) return undefined;
      }
      return { head: changed, pieces: out };
    };

    const finish = async (): Promise<Passed> => {
      call.end();
      while ((await next()) !== undefined);
      return { ...passed, text: passed.pieces.join(""), ...stream.ended() };
    };

    if (asked.messages !== undefined) {
      for (const message of asked.messages) call.write(message);
      call.end();
      while ((await heard()) !== undefined);
      return finish();
    }
    const first = {
      ...(asked.tellsModes !== false && {
        protocol_config: { request_body_mode: modes[0], response_body_mode: modes[1] },
      }),
    };
    const request = await half("request", first, head, asked.pieces, modes[0], asked.trailers === true);
    if (request === undefined) return finish();
    const sent = Buffer.concat(request.pieces).toString();
    Object.assign(passed, { sent, sentHeaders: request.head });
    if (asked.upstream === undefined) return finish();
    const { status, headers, pieces, trailers } = asked.upstream(sent);
    const response = await half(
      "response",
      {},
      { ":status": String(status), ...headers },
      pieces,
      modes[1],
      trailers === true,
    );
    if (response !== undefined)
      Object.assign(passed, {
        status: Number(response.head[":status"]),
        headers: response.head,
        pieces: response.pieces.map((piece) => piece.toString()),
      });
    return finish();
  };

  return {
    process,
    open,
    check: unary("/envoy.service.auth.v3.Authorization/Check", "CheckRequest", "CheckResponse"),
    health: unary("/grpc.health.v1.Health/Check", "HealthCheckRequest", "HealthCheckResponse"),
    close: () => client.close(),
  };
};
