import type { Endpoint, Protocol } from "../protocol.ts";
import { decodeAnswer, decodeRest, decodeRpc, decodeRpcAnswer } from "./decode.ts";
import { errorBody } from "./errors.ts";
import { GET_CARD, GET_EXTENDED_CARD, OPERATIONS, VERSION_HEADER } from "./operations.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

/** Longest event of a stream: an artifact's file may stand in it. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;
const MEDIA_TYPES = ["application/a2a+json"];

const RPC: Endpoint = {
  name: "POST /",
  method: "POST",
  path: "/",
  query: {},
  body: "json",
  mayAnswerWhole: true,
  decodeRequest: decodeRpc,
  decodeResponse: decodeRpcAnswer,
  streamDecoder: (_firstIndex, request) => createStreamDecoder(request?.replyTo ?? "null"),
  eventBytesMax: EVENT_BYTES_MAX,
};

const COUNT = /^\d{1,6}$/;
const NAME = /^[\w.@-]{1,200}$/;
const TASK_QUERY: Endpoint["query"] = { historyLength: COUNT };
const LIST_QUERY: Endpoint["query"] = {
  contextId: NAME,
  status: /^TASK_STATE_[A-Z_]{1,40}$/,
  pageSize: COUNT,
  pageToken: /^[\w.=-]{1,400}$/,
  historyLength: COUNT,
  statusTimestampAfter: /^(?:[\dTZ.:-]|%3A){1,60}$/,
  includeArtifacts: /^(?:true|false)$/,
};
const PAGE_QUERY: Endpoint["query"] = { pageSize: COUNT, pageToken: /^[\w.=-]{1,400}$/ };

const READERS = new Map([...OPERATIONS.keys()].map((operation) => [operation, decodeRest(operation)]));

const rest = (
  operation: string,
  method: Endpoint["method"],
  path: string,
  more: Partial<Pick<Endpoint, "query" | "body">> & { readonly streams?: true } = {},
): Endpoint => {
  const { streams, query = {}, body = "none" } = more;
  return {
    name: `${method} ${path}`,
    operation,
    method,
    path,
    query,
    body,
    mediaTypes: MEDIA_TYPES,
    decodeRequest: READERS.get(operation) ?? decodeRest(operation),
    decodeResponse: decodeAnswer(operation),
    // Deleting answers with nothing.
    ...(method === "DELETE" && { answer: "any" }),
    ...(streams === true && { streams, streamDecoder: () => createStreamDecoder(undefined) }),
    eventBytesMax: EVENT_BYTES_MAX,
  };
};

const CONFIGS = "/tasks/{id}/pushNotificationConfigs";

/** `base`: empty, or the tenant that an agent's card asks for in front. */
const restOf = (base: string): readonly Endpoint[] => [
  rest("SendMessage", "POST", `${base}/message:send`, { body: "json" }),
  rest("SendStreamingMessage", "POST", `${base}/message:stream`, { body: "json", streams: true }),
  rest("GetTask", "GET", `${base}/tasks/{id}`, { query: TASK_QUERY }),
  rest("ListTasks", "GET", `${base}/tasks`, { query: LIST_QUERY }),
  rest("CancelTask", "POST", `${base}/tasks/{id}:cancel`),
  rest("SubscribeToTask", "POST", `${base}/tasks/{id}:subscribe`, { streams: true }),
  rest("CreateTaskPushNotificationConfig", "POST", `${base}${CONFIGS}`, { body: "json" }),
  rest("GetTaskPushNotificationConfig", "GET", `${base}${CONFIGS}/{config}`),
  rest("ListTaskPushNotificationConfigs", "GET", `${base}${CONFIGS}`, { query: PAGE_QUERY }),
  rest("DeleteTaskPushNotificationConfig", "DELETE", `${base}${CONFIGS}/{config}`),
  rest(GET_EXTENDED_CARD, "GET", `${base}/extendedAgentCard`),
];

/**
 * Agent2Agent, version 1.0: the JSON-RPC binding at the route's own address, the HTTP binding below it, and the agent's
 * card. Source: https://github.com/a2aproject/A2A (specification v1.0.1).
 */
export const A2A: Protocol = {
  id: "a2a",
  toward: "tool",
  endpoints: [RPC, rest(GET_CARD, "GET", "/.well-known/agent-card.json"), ...restOf(""), ...restOf("/{tenant}")],
  denied: [
    {
      what: "the bindings of versions before 1.0",
      path: /^\/v[01](?:[/.]|$)/i,
      message:
        "Only version 1.0 of A2A is spoken here; these paths are of an older one, and no tenant may be called so.",
    },
  ],
  error: errorBody,
  credential: { header: "authorization", prefix: "Bearer " },
  headers: {
    fixed: VERSION_HEADER,
    forwarded: ["a2a-extensions"],
    returned: ["a2a-extensions"],
    account: [],
  },
};

export { GET_CARD, GET_EXTENDED_CARD, OPERATIONS, SEND_MESSAGE, VERSION_HEADER } from "./operations.ts";
export { asksNobody, outwardCard, pathAt, readCard, withoutEmpty, withoutSignatures, type AgentCard } from "./card.ts";
