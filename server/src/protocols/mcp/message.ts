import { scanJson, type JsonFaultCode, type ScannedJson } from "#platform";
import { isObject, type JsonObject } from "../json/json-access.ts";

/** A JSON-RPC id. Fractions and null are refused: two readers would not agree on them. */
export type RpcId = string | number;

/** One message of MCP, read once; `scan` has its bytes. */
export type RpcMessage =
  | {
      readonly kind: "request";
      readonly id: RpcId;
      readonly method: string;
      readonly params: JsonObject;
      readonly scan: ScannedJson;
    }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject; readonly scan: ScannedJson }
  | { readonly kind: "result"; readonly id: RpcId; readonly result: JsonObject; readonly scan: ScannedJson }
  | {
      readonly kind: "error";
      /** Absent where the peer could not tell which request it answers. */
      readonly id: RpcId | undefined;
      readonly code: number;
      readonly scan: ScannedJson;
    };

export type RpcRequest = Extract<RpcMessage, { kind: "request" }>;
export type RpcNotification = Extract<RpcMessage, { kind: "notification" }>;
export type RpcAnswer = Extract<RpcMessage, { kind: "result" | "error" }>;

export type ReadMessage =
  | { readonly ok: true; readonly message: RpcMessage }
  | {
      readonly ok: false;
      readonly code: JsonFaultCode | "not_rpc";
      /** Public sentence; names the place, never quotes. */
      readonly reason: string;
      /** Of the request that it would have been, where one can be read. */
      readonly id: RpcId | undefined;
    };

/** Values whose places are needed to write a message again. */
const SPAN_KEYS: ReadonlySet<string> = new Set([
  "params",
  "arguments",
  "result",
  "error",
  "_meta",
  "name",
  "uri",
  "taskId",
  "progressToken",
  "ref",
]);

const ID_UNITS_MAX = 200;
const METHOD = /^[A-Za-z][\w$./-]{0,99}$/;
const KEYS: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
const NO_PARAMS: JsonObject = {};

const idOf = (value: unknown): RpcId | undefined => {
  if (typeof value === "string") return value.length <= ID_UNITS_MAX ? value : undefined;
  return Number.isSafeInteger(value) && typeof value === "number" ? value : undefined;
};

/** Reads one message strictly: one JSON object, no key twice, nothing that JSON-RPC 2.0 does not know. */
export const readMessage = (bytes: Buffer, depthMax: number): ReadMessage => {
  const scan = scanJson(bytes, { depthMax, spanKeys: SPAN_KEYS });
  if (!scan.ok) return { ok: false, code: scan.fault.code, reason: scan.fault.message, id: undefined };
  const { value } = scan.value;
  if (Array.isArray(value)) return wrong("Batches of messages are not accepted", undefined);
  if (!isObject(value) || value["jsonrpc"] !== "2.0") return wrong("The body is not a JSON-RPC 2.0 message", undefined);
  const stranger = Object.keys(value).find((key) => !KEYS.has(key));
  const id = idOf(value["id"]);
  if (stranger !== undefined) return wrong("The message has a member that JSON-RPC does not know", id);
  return "method" in value ? readCall(value, scan.value, id) : readAnswer(value, scan.value, id);
};

const wrong = (reason: string, id: RpcId | undefined): ReadMessage => ({ ok: false, code: "not_rpc", reason, id });

const readCall = (value: JsonObject, scan: ScannedJson, id: RpcId | undefined): ReadMessage => {
  const { method, params = NO_PARAMS } = value;
  if ("result" in value || "error" in value) return wrong("A message is either a call or an answer", id);
  if (typeof method !== "string" || !METHOD.test(method)) return wrong("The method is no name", id);
  if (!isObject(params)) return wrong("params is not an object", id);
  if (!("id" in value)) return { ok: true, message: { kind: "notification", method, params, scan } };
  if (id === undefined) return wrong("The id is no string and no whole number", undefined);
  return { ok: true, message: { kind: "request", id, method, params, scan } };
};

const readAnswer = (value: JsonObject, scan: ScannedJson, id: RpcId | undefined): ReadMessage => {
  const { result, error } = value;
  if ("result" in value === "error" in value) return wrong("An answer has a result or an error", id);
  if ("params" in value) return wrong("An answer has no params", id);
  if (isObject(error)) {
    const { code } = error;
    if (typeof code !== "number" || typeof error["message"] !== "string") return wrong("The error has no code", id);
    return { ok: true, message: { kind: "error", id, code, scan } };
  }
  if (!isObject(result)) return wrong("The result is not an object", id);
  if (id === undefined) return wrong("The id is no string and no whole number", undefined);
  return { ok: true, message: { kind: "result", id, result, scan } };
};

/** Bytes of the value at a pointer, as they were received; undefined where there is none. */
export const bytesAt = ({ bytes, spans }: ScannedJson, pointer: string): Buffer | undefined => {
  const span = spans.find((one) => one.pointer === pointer);
  return span === undefined ? undefined : bytes.subarray(span.start, span.end);
};
