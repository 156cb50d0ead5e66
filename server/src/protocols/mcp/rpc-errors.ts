import { answerBytes } from "./edit.ts";
import type { RpcId } from "./message.ts";

/** Codes of JSON-RPC 2.0 and of MCP's revisions; those from -32000 to -32019 are each implementation's own. */
export const RPC = {
  parse: -32_700,
  invalid: -32_600,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** What a policy stopped. */
  blocked: -32_010,
  /** What waits for a person. */
  held: -32_011,
  /** A server that does not run or cannot be reached. */
  unavailable: -32_012,
  headerMismatch: -32_020,
  missingCapability: -32_021,
  unsupportedVersion: -32_022,
} as const;

export type ErrorData = Readonly<Record<string, unknown>>;

export const errorBytes = (id: RpcId | null, code: number, message: string, data?: ErrorData): Buffer =>
  answerBytes(id, "error", JSON.stringify({ code, message, ...(data !== undefined && { data }) }));

/** A tool's result that says what went wrong, so that the model reads it and may do something else. */
export const toolErrorText = (message: string): string =>
  JSON.stringify({ resultType: "complete", content: [{ type: "text", text: message }], isError: true });
