/**
 * The wire formats: how a body becomes segments, how a stream becomes texts, how errors and refusals look.
 *
 * Pure: reads and writes bytes, decides nothing, calls nothing. Invariant: every string of a body is a segment,
 * or one of the protocol's own words, or named as unscannable; what is not changed stays the same bytes.
 */
import { A2A } from "./a2a/a2a.ts";
import { ANTHROPIC } from "./anthropic/anthropic.ts";
import { AZURE_OPENAI } from "./azure-openai/azure-openai.ts";
import { BEDROCK } from "./bedrock/bedrock.ts";
import { GEMINI } from "./gemini/gemini.ts";
import { AGENTGATEWAY_GUARDRAIL } from "./guards/agentgateway.ts";
import { LITELLM_GUARDRAIL } from "./guards/litellm.ts";
import { INFERENCE_V2 } from "./inference-v2/inference-v2.ts";
import { OLLAMA } from "./ollama/ollama.ts";
import { OPENAI } from "./openai/openai.ts";
import type { Protocol } from "./protocol.ts";

/** The catalogue: one line per protocol. */
export const PROTOCOLS: readonly Protocol[] = [
  OPENAI,
  ANTHROPIC,
  BEDROCK,
  GEMINI,
  OLLAMA,
  AZURE_OPENAI,
  INFERENCE_V2,
  LITELLM_GUARDRAIL,
  AGENTGATEWAY_GUARDRAIL,
  A2A,
];

/** The protocol of a route's configuration; the demo speaks OpenAI's. */
export const protocolNamed = (id: string): Protocol | undefined =>
  PROTOCOLS.find((protocol) => protocol.id === (id === "demo" ? OPENAI.id : id));

export { DEMO_STEPS, demoAnswer, demoStream, type DemoScript } from "./demo/demo.ts";
export * as a2a from "./a2a/a2a.ts";
export * as mcp from "./mcp/mcp.ts";
export { arrayAt, isObject, stringAt, type JsonObject } from "./json/json-access.ts";
export { NO_REQUEST } from "./protocol.ts";
export type {
  BlockNotice,
  Decoded,
  DecodedRequest,
  DecodedResponse,
  DecodedToolCall,
  DecodedToolDefinition,
  DecodedToolResult,
  DependentBytes,
  Endpoint,
  ErrorNotice,
  KeptObject,
  KeptOutline,
  LocatedSegment,
  Protocol,
  Refusal,
  StreamDecoder,
  StreamEvent,
  RefusalNotice,
  StreamMessage,
  StreamedCall,
  StreamText,
  ToolTraffic,
  UnscannablePart,
  UploadStep,
} from "./protocol.ts";
