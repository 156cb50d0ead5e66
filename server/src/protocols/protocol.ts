import type { BodyOutline, Provenance, Segment, Usage } from "@parapet/model";
import type { ScannedJson } from "#platform";

/** A segment with the place of its string token (quotes included) in the body's bytes. */
export interface LocatedSegment extends Segment {
  readonly byteStart: number;
  readonly byteEnd: number;
  /** UTF-16 length before `text` was cut for keeping, after inspection; absent when it was not. */
  readonly fullLength?: number;
  /** The bytes are the text itself, or the name of a form's file; absent where they are a JSON string. */
  readonly form?: "text" | "name";
  /** Its text was taken out of bytes that cannot be edited: what must not pass in it stops the exchange. */
  readonly sealed?: true;
}

/** A part of the body that is no readable text: images, audio, files, token ids. */
export interface UnscannablePart {
  readonly pointer: string;
  readonly provenance: Provenance;
  readonly reason: string;
  /** Of a stream: pointer of the part in its event's own data, where `pointer` is its place in the whole stream. */
  readonly within?: string;
}

/** What stands in a body beside its texts. */
export type KeptOutline = Omit<BodyOutline, "direction">;

export interface DecodedToolCall {
  readonly id: string;
  readonly name: string;
  /** Index of the segment that holds the arguments, or the first piece of them. */
  readonly segment: number;
  /** Indexes of the other pieces, where arguments are an object and not its text. */
  readonly others?: readonly number[];
  /** JSON text of the arguments as received; absent where a call has none. */
  readonly arguments?: string;
  /** MCP server that offers the tool; absent where the application runs it. */
  readonly server?: string;
}

/** What a tool answered, in a request that brings it back to the model. */
export interface DecodedToolResult {
  /** Id of the call; empty where the protocol names none. */
  readonly call: string;
  /** Name of the tool; empty where only the call names it. */
  readonly name: string;
  /** Indexes of its segments. */
  readonly segments: readonly number[];
  /** MCP server that offers the tool; absent where the application runs it. */
  readonly server?: string;
}

/** Definition of a tool as a request brings it. */
export interface DecodedToolDefinition {
  readonly name: string;
  /** Its parsed JSON, in the protocol's own form. */
  readonly definition: unknown;
  /** Which of several requests of one body offers it, by where that stands; absent where there is but one. */
  readonly within?: string;
}

/** What a request says of tools. Each list is absent where it would be empty. */
export interface ToolTraffic {
  /** Calls that the model made earlier in the conversation, in order. */
  readonly toolCalls?: readonly DecodedToolCall[];
  readonly toolResults?: readonly DecodedToolResult[];
  readonly toolDefinitions?: readonly DecodedToolDefinition[];
}

/** Something that a request names and the provider keeps: a response, a conversation, an item of one. */
export interface KeptObject {
  readonly id: string;
  readonly pointer: string;
}

/** What a request does for a file that comes in parts. `purpose`: what the file is for. */
export type UploadStep =
  | { readonly kind: "begin"; readonly purpose: string; readonly bytes: number }
  /** The part's bytes stand from `start` to `end` of the body. */
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  /** The parts by their ids, in the order of the file; undefined where that is not said plainly. */
  | { readonly kind: "complete"; readonly parts: readonly string[] | undefined };

/** What the road needs to know of a request, whatever the dialect. */
export interface DecodedRequest extends ToolTraffic {
  readonly segments: readonly LocatedSegment[];
  readonly unscannable: readonly UnscannablePart[];
  readonly model: string;
  /** Further models that it names, where it holds more than one request. */
  readonly otherModels?: readonly string[];
  readonly stream: boolean;
  /** The protocol's own names of session and user; empty when absent. */
  readonly session: string;
  readonly user: string;
  /** Texts that stay the same while a conversation grows: first messages up to the first answer. */
  readonly fingerprint: readonly string[];
  readonly toolNames: readonly string[];
  /** What the provider keeps and adds to the request: nobody sees here what it holds. */
  readonly refersTo?: readonly KeptObject[];
  /** What it asks for, where its path does not say that. */
  readonly operation?: string;
  /** The call of a tool that the request itself is, where whoever runs the tool is the upstream. */
  readonly act?: DecodedToolCall;
  /** Present where a file comes in parts: what nobody has read yet, and what is read when it is whole. */
  readonly upload?: UploadStep;
  /** Addresses that the upstream is to send something to, past this gateway. */
  readonly callbacks?: readonly string[];
  /** JSON text of what an answer, also an error, names to say which request it answers. */
  readonly replyTo?: string;
  /** Absent where nothing of the body is kept, and where it is no single JSON value. */
  readonly outline?: KeptOutline;
  /** Upper bound of tokens this request may use, for token limits; 0 when unknown. */
  readonly tokensMax: number;
}

/** What is decoded where there is no body. */
export const NO_REQUEST: DecodedRequest = {
  segments: [],
  unscannable: [],
  model: "",
  stream: false,
  session: "",
  user: "",
  fingerprint: [],
  toolNames: [],
  tokensMax: 0,
};

/** Bytes that repeat what segments say (log probabilities); they become `token` when one of these is edited. */
export interface DependentBytes {
  readonly start: number;
  readonly end: number;
  readonly token: string;
  /** Indexes of segments, as in `LocatedSegment.index`; `always` for bytes that would lead past this gateway. */
  readonly segments: readonly number[] | "always";
}

export interface DecodedResponse {
  readonly segments: readonly LocatedSegment[];
  readonly unscannable: readonly UnscannablePart[];
  readonly toolCalls: readonly DecodedToolCall[];
  /** What tools answered, where the answer is theirs. */
  readonly toolResults?: readonly DecodedToolResult[];
  readonly dependents: readonly DependentBytes[];
  readonly model: string;
  readonly usage?: Usage;
  readonly finishReason?: string;
  /** Ids of what the provider keeps of this exchange. */
  readonly keeps?: readonly string[];
  /** The upload that it is about, or the part of one. `isOver`: it takes no more parts. */
  readonly upload?: { readonly id: string; readonly isOver: boolean };
  /** As in {@link DecodedRequest}. */
  readonly outline?: KeptOutline;
}

/** A body that a protocol refuses; becomes the protocol's own 400. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly pointer?: string;
  /** As in {@link DecodedRequest}. */
  readonly replyTo?: string;
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** The call that a text of a stream belongs to. */
export interface StreamedCall {
  readonly id: string;
  readonly name: string;
  /** JSON text of all its arguments, where one event says them all and each of their texts is one by itself; else the text is it. */
  readonly arguments?: string;
}

/** One growing text inside a stream, such as the content of choice 0. */
export interface StreamText {
  /** Stable name within the stream: `choice/0/content`, `choice/0/tool/1/arguments`. */
  readonly channel: string;
  readonly pointer: string;
  readonly role: string;
  readonly provenance: Provenance;
  /** `text` flows through hold-back; `tool-arguments` are assembled whole and judged before release. */
  readonly kind: "text" | "tool-arguments" | "whole";
  readonly delta: string;
  /**
   * `later`: further events say the whole text again. `now`: this one does, `delta` is the whole text so far;
   * where it says what its channel said, the caller sees what it saw there. Absent: each piece is said once.
   */
  readonly again?: "later" | "now";
  /** For `tool-arguments`: the call this belongs to. */
  readonly toolCall?: StreamedCall;
}

/** One decoded SSE event of a stream. */
export interface StreamEvent {
  readonly texts: readonly StreamText[];
  /** Channels that end with this event (finish reason of a choice). */
  readonly ends: readonly string[];
  readonly model?: string;
  readonly usage?: Usage;
  readonly finishReason?: string;
  /** Choices that began up to here and have not said how they finished. */
  readonly unfinished: number;
  /** The protocol's end of stream (`[DONE]`). */
  readonly done: boolean;
  /** Parts of the event that are no readable text. */
  readonly unscannable: readonly UnscannablePart[];
  /** Ids of what the provider keeps of this exchange. */
  readonly keeps?: readonly string[];
  /** An error inside the stream, in the upstream's words. */
  readonly error?: string;
  /** The name of the event that readers of this protocol expect with its data; absent where events have none. */
  readonly name?: string;
  /** Same event with other deltas, byte-identical elsewhere. Channel → new delta; absent channels unchanged. */
  readonly rewrite: (deltas: ReadonlyMap<string, string>) => string;
}

/** An event that Parapet writes itself. */
export interface StreamMessage {
  readonly data: string;
  /** Absent where the protocol's events have no names. */
  readonly name?: string;
}

/** Decodes the `data` of SSE events in order; one instance per stream. */
export interface StreamDecoder {
  decode(data: string): Decoded<StreamEvent>;
  /** An event that carries only `delta` on `channel`, to let held text go. */
  flush(channel: string, delta: string): StreamMessage;
  /** Events that end the stream as the protocol ends when a policy blocks. */
  blocked(notice: BlockNotice): readonly StreamMessage[];
  /**
   * Events that end the stream well after its first byte, with a text that says what is withheld. `next`: the data of the
   * first event that was not sent. Undefined where that cannot be said in the middle.
   */
  withheld?(notice: BlockNotice, next: string): readonly StreamMessage[] | undefined;
  /** Events that end the stream when the upstream failed in the middle. */
  failed(notice: { readonly code: string; readonly message: string }): readonly StreamMessage[];
}

export interface BlockNotice {
  /** The sentence shown to the caller. */
  readonly message: string;
  readonly code:
    | "content_filter"
    | "approval_required"
    | "rate_limit_exceeded"
    | "not_inspected"
    | "evidence_unavailable";
  readonly policy?: string;
  readonly exchange: string;
}

/** Whether something waits for a person: said as a text of the model, and not as a refusal of the provider's filter. */
export const isWithheld = ({ code }: BlockNotice): boolean => code === "approval_required";

export interface RefusalNotice extends BlockNotice {
  readonly model: string;
  /** Whether the answer is refused and not the request. */
  readonly isAnswer: boolean;
}

export interface Endpoint {
  /** `POST /chat/completions`, for records and metrics. */
  readonly name: string;
  /** What is asked for there, for records, where that has a name of its own. */
  readonly operation?: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Path below the route, exact; `{name}` stands for one segment of the path, and `{model}` names the model. */
  readonly path: string;
  /** Query parameters that are accepted, and what each may be; left out: an `api-version`. */
  readonly query?: Readonly<Record<string, RegExp>>;
  /**
   * What body is read. `form`: `multipart/form-data`, as the object that its names spell, a file being
   * `{ filename, type }` with its bytes among `spans`. `tensors`: JSON that bytes may follow, which stand as the span
   * of the pointer "". `none`: no body, and `decodeRequest` is not asked.
   */
  readonly body: "json" | "form" | "tensors" | "none";
  /**
   * `lines`: the answer is one JSON object per line. `any`: a JSON object, such lines, a text that is somebody's words
   * whole, or bytes that no detector reads, by what it is. `tensors`: as the request's. Left out: one JSON object.
   */
  readonly answer?: "lines" | "any" | "tensors";
  /** Of an endpoint without a body: it is answered by a stream. */
  readonly streams?: true;
  /** A request for a stream may be answered with one JSON object, such as an error. */
  readonly mayAnswerWhole?: true;
  /** Media types that are JSON here besides `application/json`, of requests and answers. */
  readonly mediaTypes?: readonly string[];
  /** Longest event of a stream; left out: 1 MiB. */
  readonly eventBytesMax?: number;
  /** The last step of the path that is asked, with POST and no body, where policy stops this request: it undoes what led here. */
  readonly undo?: string;
  /** Where a file comes in parts, the whole file is read here as well: the span of `/file`, with its purpose. */
  readonly decodeRequest: (body: ScannedJson) => Decoded<DecodedRequest>;
  /** `operation`: as the request named it; absent where it named none. */
  readonly decodeResponse: (body: ScannedJson, firstIndex: number, operation?: string) => Decoded<DecodedResponse>;
  /**
   * `lines`: a stream is one JSON value per line. `array`: the items of a JSON array, or server-sent events where the
   * query says `alt=sse`. `event-stream`: AWS's binary frames. Left out: server-sent events.
   */
  readonly framing?: "lines" | "array" | "event-stream";
  readonly streamDecoder?: (firstIndex: number, request?: DecodedRequest) => StreamDecoder;
  /** What the caller gets instead of the answer, where that only repeats what was asked (guards). */
  readonly settle?: (answer: Buffer, isEdited: boolean) => string;
  /** A well-formed completion that refuses (`block_as: refusal`), and the same as stream events. */
  readonly refusal?: (notice: RefusalNotice) => string;
  readonly refusalStream?: (notice: RefusalNotice) => readonly StreamMessage[];
}

/** Headers of a protocol, lower case, besides those that every protocol has. */
export interface ProtocolHeaders {
  /** Of requests: sent to the upstream always, with this value; a caller that sends another is refused. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Of requests, passed on to the upstream. */
  readonly forwarded: readonly string[];
  /** Of answers, passed on to the caller. */
  readonly returned: readonly string[];
  /** Of requests: choose whose account pays, so they go with the caller's own credential only. */
  readonly account: readonly string[];
}

/** An error as it is told to a caller. */
export interface ErrorNotice {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Path below the route that was asked, where one was. */
  readonly path?: string;
  /** As in {@link DecodedRequest}. */
  readonly replyTo?: string;
}

/** A wire format: what endpoints exist, how they are read, and how errors look in it. */
export interface Protocol {
  readonly id: string;
  /** Another gateway asks here what may pass; there is no upstream, and a stop is an answer like any other. */
  readonly isGuard?: true;
  /** The upstream is no model but does what it is told, and answers with what a model will read. */
  readonly toward?: "tool";
  readonly endpoints: readonly Endpoint[];
  /** Endpoints that are denied for a reason worth telling, by their paths below the route. All unknown ones are denied. */
  readonly denied?: readonly { readonly what: string; readonly path: RegExp; readonly message: string }[];
  /** Body of an error in the protocol's own shape. */
  readonly error: (notice: ErrorNotice) => string;
  /** Header that carries the credential, with its prefix: `authorization`, `Bearer `. */
  readonly credential: {
    readonly header: string;
    readonly prefix: string;
    /** Further headers in which callers may carry their own. */
    readonly also?: readonly string[];
    /** Headers that sign a request with the route's credential; undefined where it is sent as it is. */
    readonly sign?: (request: {
      readonly method: string;
      readonly url: URL;
      readonly body: Uint8Array;
      readonly credential: string;
      readonly callerAuthorization: string | undefined;
      readonly nowMs: number;
    }) => Readonly<Record<string, string>> | undefined;
    /** Query parameter in which callers may carry theirs instead; upstreams get it as the header. */
    readonly query?: string;
  };
  readonly headers: ProtocolHeaders;
}
