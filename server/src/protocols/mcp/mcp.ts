/** MCP: messages of JSON-RPC, read and written; both revisions in use. */
export {
  answerBytes,
  callBytes,
  editMember,
  metaOf,
  notificationBytes,
  ownMessage,
  type Additions,
  type Changes,
} from "./edit.ts";
export {
  argumentHeaders,
  decodeHeader,
  disagreement,
  encodeHeader,
  headerArguments,
  type HeaderArgument,
} from "./headers.ts";
export {
  bytesAt,
  readMessage,
  type ReadMessage,
  type RpcAnswer,
  type RpcId,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from "./message.ts";
export {
  CLIENT_NOTIFICATIONS,
  CLIENT_REQUESTS,
  LEGACY_VERSIONS,
  LIST_MEMBERS,
  MODERN_VERSION,
  SERVER_NOTIFICATIONS,
  SERVER_REQUESTS,
  type Era,
  type Method,
} from "./methods.ts";
export { createNamespace, type Named, type Namespace } from "./names.ts";
export { errorBytes, RPC, toolErrorText, type ErrorData } from "./rpc-errors.ts";
export { decodeCall, decodeClientRequest, decodeMessage, type DecodedMessage } from "./strings.ts";
