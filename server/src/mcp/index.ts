/**
 * The MCP gateway: both revisions in use, several servers behind one endpoint.
 *
 * Moves messages and decides nothing itself: each message takes the road of `pipeline`. Invariants: what is not known
 * is refused; a server's process starts from the configuration file only; no caller's token reaches a server; a list is
 * Parapet's own document, anything else keeps the bytes that were inspected.
 */
export {
  createMcpGateway,
  serversOf,
  type McpGateway,
  type McpGatewayOptions,
  type McpMetrics,
} from "./mcp-gateway.ts";
export type { ServerHealth } from "./links/pool.ts";
