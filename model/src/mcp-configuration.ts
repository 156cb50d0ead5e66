import { z } from "zod";

/** Names of servers stand in front of their tools' names: no underscore, so that `__` ends them. */
const ServerId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "lower-case letters, digits and dashes, a letter first; at most 32");

const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a name of an environment variable");

const ServerLimits = z
  .strictObject({
    memoryBytes: z
      .int()
      .min(16 * 1024 * 1024)
      .default(1024 * 1024 * 1024)
      .describe("Most memory that one of its processes may write to"),
    openFiles: z.int().min(16).max(65_536).default(512).describe("Most files and connections open at once"),
    cpuSeconds: z.int().positive().optional().describe("Processor time after which it is ended; left out: no limit"),
    processesMax: z.int().min(1).max(1_000).default(32).describe("Most processes of this server, one per session"),
    idleSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(600)
      .describe("A process that nobody has asked for so long is ended"),
    startMs: z
      .int()
      .positive()
      .max(600_000)
      .default(30_000)
      .describe("Longest time until it answers the first message"),
  })
  .prefault({});

/** One MCP server behind the gateway: over HTTP (`url`), or a process started here (`command`). */
export const McpServerConfiguration = z
  .strictObject({
    id: ServerId.describe("Name of the server in pins, policies and in front of its tools"),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Endpoint of a server that speaks Streamable HTTP"),
    credential: z
      .string()
      .optional()
      .describe(
        "Bearer token for `url`: `${ENV_NAME}`, `file:/path` or `stored:NAME`. Callers' own are never passed on",
      ),
    allow_private: z
      .boolean()
      .default(true)
      .describe("Let `url` be on a private or loopback address; metadata addresses are always refused"),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Program and arguments of a server that speaks over its standard input and output"),
    environment: z
      .record(VariableName, z.string())
      .default({})
      .describe(
        "Variables that the process gets: a text, or `${ENV_NAME}` or `file:/path`. It inherits PATH, LANG, TZ and TMPDIR, and nothing else",
      ),
    directory: z.string().optional().describe("Working directory of the process; left out: its own, empty one"),
    limits: ServerLimits,
    trust_annotations: z
      .boolean()
      .default(false)
      .describe("Believe what its tools say of themselves: readOnlyHint, destructiveHint, openWorldHint"),
    forward_identity: z
      .boolean()
      .default(false)
      .describe(
        "Tell it for whom it is asked: x-parapet-user, x-parapet-agent and x-parapet-on-behalf-of, with `url` only",
      ),
  })
  .refine(({ url, command }) => (url === undefined) !== (command === undefined), {
    message: "needs either a url or a command",
    path: ["url"],
  })
  .refine(({ url, credential }) => url !== undefined || credential === undefined, {
    message: "belongs to a url; a process gets its credentials in `environment`",
    path: ["credential"],
  })
  .refine(({ credential }) => credential !== "caller", {
    message: "cannot be the caller's: tokens are not passed through",
    path: ["credential"],
  });
export type McpServerConfiguration = Readonly<z.infer<typeof McpServerConfiguration>>;

export const McpConfiguration = z
  .strictObject({
    servers: z
      .array(McpServerConfiguration)
      .max(200)
      .default([])
      .describe("MCP servers that routes of `protocol: mcp` name in `servers`; see docs/mcp.md"),
    sessionsMax: z.int().positive().max(100_000).default(1_000).describe("Most sessions at once"),
    sessionIdleSeconds: z
      .int()
      .min(10)
      .max(86_400)
      .default(1_800)
      .describe("A session that nobody has used for so long is ended"),
  })
  .prefault({})
  .describe("MCP servers behind this gateway");

/** Whose tokens an MCP route takes (RFC 9728, RFC 8707). */
export const McpAuthorization = z.strictObject({
  resource: z
    .url({ protocol: /^https?$/ })
    .describe("This endpoint's own address, as clients know it; the audience that a token must be for"),
  issuer: z.url({ protocol: /^https?$/ }).describe("Authorisation server whose tokens are taken"),
  jwks: z.string().describe("Its keys: an address, or `file:/path` of a JWKS document"),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
    .default([])
    .describe("Scopes that a token needs"),
  user_claim: z.string().default("sub").describe("Claim that names the user; empty: none does"),
  agent_claim: z.string().default("azp").describe("Claim that names the agent; empty: none does"),
});
export type McpAuthorization = Readonly<z.infer<typeof McpAuthorization>>;
