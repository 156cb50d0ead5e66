import { z } from "zod";
import { PinState } from "./agent.ts";
import { Timestamp } from "./identifiers.ts";

/** One place in which two definitions differ. Texts are JSON, cut where they are long. */
export const ToolChange = z.object({
  pointer: z.string().describe("JSON pointer into the definition"),
  before: z.string().optional().describe("Absent where it was added"),
  after: z.string().optional().describe("Absent where it was taken out"),
});
export type ToolChange = Readonly<z.infer<typeof ToolChange>>;

/** What a new definition adds that somebody should look at. */
export const ToolAddition = z.object({
  kind: z.enum(["effect", "free-text", "instructions", "annotation", "skill", "address", "access"]),
  sentence: z.string(),
});
export type ToolAddition = Readonly<z.infer<typeof ToolAddition>>;

/** A definition that is not in force: it waits for a person. */
export const PendingDefinition = z.object({
  kind: z.enum(["changed", "renamed", "shadowing"]),
  hash: z.string(),
  definition: z.string().describe("JSON text"),
  seenAt: Timestamp,
  of: z.string().optional().describe("The tool whose name or definition it takes, as `server/tool`"),
  changes: z.array(ToolChange),
  adds: z.array(ToolAddition),
});
export type PendingDefinition = Readonly<z.infer<typeof PendingDefinition>>;

/** A tool of a server, or of an application's requests, and the definition that is in force, by canonical hash. */
export const ToolPin = z.object({
  server: z
    .string()
    .describe("MCP server, A2A route, or for an application's own tools `route:ROUTE` or `route:ROUTE@AGENT`"),
  tool: z.string(),
  application: z
    .boolean()
    .optional()
    .describe("Comes in requests to models; what another definition means says `tool_definitions` of the route"),
  varies: z.boolean().optional().describe("So many definitions were seen of it that it is not compared any more"),
  state: PinState.exclude(["none"]),
  hash: z.string().describe("SHA-256 of the definition in force, RFC 8785, hex; empty where none is"),
  definition: z.string().describe("JSON text of it; empty where none is"),
  firstSeen: Timestamp,
  approvedBy: z.string().optional(),
  approvedAt: Timestamp.optional(),
  pending: PendingDefinition.optional().describe("Seen since, and not approved"),
});
export type ToolPin = Readonly<z.infer<typeof ToolPin>>;
