import { z } from "zod";
import { AgentDeclaration, BusinessLimit, ToolDeclaration } from "./agent.ts";
import { ApprovalsConfiguration } from "./approval-configuration.ts";
import { AssetValue } from "./finding.ts";
import { LinkRule } from "./link.ts";
import { CaptureMode } from "./capture.ts";
import { BehaviourConfiguration, ProbeConfiguration } from "./behaviour-configuration.ts";
import { Slug } from "./identifiers.ts";
import { GuardsConfiguration } from "./guards-configuration.ts";
import { A2aSettings } from "./a2a-configuration.ts";
import { McpAuthorization, McpConfiguration } from "./mcp-configuration.ts";
import { SecondOpinionConfiguration } from "./second-opinion-configuration.ts";
import { SourceConfiguration } from "./source-configuration.ts";

/**
 * `parapet.yaml`. Unknown keys are errors. Descriptions here are the reference manual:
 * docs/reference and the JSON Schema are generated from them.
 */
export const MODES = ["observe", "enforce"] as const;
export const Mode = z.enum(MODES);
export type Mode = z.infer<typeof Mode>;

export const ON_FAILURE = ["closed", "open"] as const;
export const EVIDENCE_MODES = ["required", "best-effort"] as const;

/** Paths that belong to Parapet itself and can never be a route's. */
export const RESERVED_PATHS = [
  "/api",
  "/otlp",
  "/ingest",
  "/healthz",
  "/readyz",
  "/metrics",
  "/assets",
  "/console",
  "/.self-test",
  "/.probe",
  "/.well-known",
];

const RoutePath = z
  .string()
  .regex(/^\/[A-Za-z0-9._~\-/]*[A-Za-z0-9._~-]$/, "starts with / and does not end with one")
  .refine((path) => !path.includes("//") && !path.split("/").some((part) => part === "." || part === ".."), {
    message: "must not contain //, . or .. segments",
  })
  .refine((path) => !RESERVED_PATHS.some((reserved) => path === reserved || path.startsWith(`${reserved}/`)), {
    message: `is reserved; choose a path outside ${RESERVED_PATHS.join(", ")}`,
  });

export const RouteTimeouts = z
  .strictObject({
    connectMs: z.int().positive().default(5_000).describe("Connecting to the upstream"),
    headersMs: z.int().positive().default(120_000).describe("Until the upstream's response headers"),
    idleMs: z.int().positive().default(60_000).describe("Longest silence inside a response"),
    wholeMs: z
      .int()
      .positive()
      .max(86_400_000)
      .default(1_800_000)
      .describe("Longest whole exchange, from the request's headers to the last byte taken by the caller"),
    readerMs: z
      .int()
      .positive()
      .max(86_400_000)
      .default(60_000)
      .describe("Longest time that a caller takes nothing of what waits for it; then it counts as gone"),
  })
  .prefault({});

/** Whether no upstream is asked: a guard judges, and the demo has its own model. */
export const answersItself = ({
  protocol,
  guard,
}: {
  readonly protocol: string;
  readonly guard?: string | undefined;
}): boolean => protocol === "demo" || protocol.endsWith("-guardrail") || guard !== undefined;

const UnscannableAction = z.enum(["block", "allow"]);

/** What detectors cannot read, by what it is. */
export const UNSCANNABLE_KINDS = [
  "image",
  "audio",
  "video",
  "document",
  "numbers",
  "kept",
  "encrypted",
  "other",
] as const;
export type UnscannableKind = (typeof UNSCANNABLE_KINDS)[number];

const UnscannableByKind = z.strictObject({
  default: UnscannableAction.default("allow").describe("Kinds that are not named"),
  image: UnscannableAction.optional().describe("Pictures, also inside documents"),
  audio: UnscannableAction.optional().describe("Sounds"),
  video: UnscannableAction.optional().describe("Films"),
  document: UnscannableAction.optional().describe("Files and documents, or parts of them, whose text cannot be read"),
  numbers: UnscannableAction.optional().describe("Token ids, embeddings, tensors in place of words"),
  kept: UnscannableAction.optional().describe("What the provider keeps, or fetches from an address"),
  encrypted: UnscannableAction.optional().describe("What only the provider can decrypt"),
  other: UnscannableAction.optional().describe("Parts of unknown kinds"),
} satisfies Record<UnscannableKind | "default", z.ZodType>);

/** Whether a route takes content of a kind that nobody can read. */
export const unscannableAction = (
  { unscannable }: { readonly unscannable: "block" | "allow" | z.infer<typeof UnscannableByKind> },
  kind: UnscannableKind,
): "block" | "allow" => (typeof unscannable === "string" ? unscannable : (unscannable[kind] ?? unscannable.default));

export const RouteConfiguration = z
  .strictObject({
    id: Slug.describe("Name of the route in policies, metrics and the console"),
    path: RoutePath.describe("Base path that applications use as their SDK's base URL"),
    protocol: z
      .enum([
        "openai",
        "anthropic",
        "bedrock",
        "gemini",
        "ollama",
        "azure-openai",
        "inference-v2",
        "litellm-guardrail",
        "agentgateway-guardrail",
        "mcp",
        "a2a",
        "demo",
      ])
      .describe("Wire protocol. `demo` speaks OpenAI's and answers from a built-in scripted model"),
    upstream: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        "Base URL of the provider or model server; of an MCP route the endpoint of its one server, of an A2A route the agent's base",
      ),
    servers: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Of an MCP route: the servers of `mcp.servers` behind it; their tools are called `server__tool`"),
    authorization: McpAuthorization.optional().describe(
      "Of an MCP route: OAuth tokens that are taken besides gateway keys. Left out: gateway keys only",
    ),
    a2a: A2aSettings.optional().describe("Of an A2A route: the agent behind it, and its card"),
    guard: z
      .enum(["ext-authz", "ext-proc"])
      .optional()
      .describe(
        "No upstream: another gateway asks here about traffic of this protocol. `ext-authz`: whether a request may go on, as Envoy's external authorization over HTTP or gRPC. `ext-proc`: Envoy shows requests and answers over gRPC (`guards.grpc`), and both are judged and changed",
      ),
    credential: z
      .string()
      .optional()
      .describe(
        "Upstream credential: `${ENV_NAME}`, `file:/path`, `stored:NAME`, or `caller` to pass the caller's own on",
      ),
    mode: Mode.default("observe").describe("`observe` records what policies would have done; `enforce` does it"),
    on_failure: z
      .enum(ON_FAILURE)
      .optional()
      .describe(
        "When an inspection fails or a part is unscannable: `open` passes and records the bypass. Left out: `open` when observing, `closed` when enforcing",
      ),
    evidence: z
      .enum(EVIDENCE_MODES)
      .default("required")
      .describe("`required`: what cannot be recorded durably is refused with 503"),
    capture: CaptureMode.default("redacted").describe(
      "Text kept with each exchange, encrypted: all, without the secrets, personal data and internal names found in it, or digests only",
    ),
    block_as: z
      .enum(["error", "refusal"])
      .default("error")
      .describe("How a block answers: the protocol's error, or a completion that refuses"),
    divert_to: Slug.optional().describe(
      "Route of the same protocol whose upstream gets what policies divert: requests, and instead of a diverted plain answer the request anew. Left out, and for streams and what is diverted there again: a person",
    ),
    detail: z
      .enum(["policy", "none"])
      .default("policy")
      .describe("Whether a blocked caller is told which policy blocked"),
    inspect: z
      .boolean()
      .default(true)
      .describe("`false` forwards without detectors; every part is recorded as bypassed"),
    detectors: z.array(Slug).optional().describe("Only these detectors; left out: all of them"),
    second_opinion: z
      .boolean()
      .default(true)
      .describe("Ask the `second_opinion` of this configuration, where there is one, about doubtful requests"),
    canary: z.boolean().default(false).describe("Append a canary to the system prompt and watch for it in responses"),
    unmask: z
      .strictObject({
        text: z.boolean().default(true).describe("In what the model writes to the caller"),
        tool_calls: z
          .boolean()
          .default(false)
          .describe("In the arguments of tool calls; masked secrets are never put back there"),
      })
      .prefault({})
      .describe(
        'Where the values of tokens are put back that a policy with `@redact_as("token")` masked in the request',
      ),
    allowed_hosts: z.array(z.string()).default([]).describe("Hosts that responses may link to; `*.` prefix allowed"),
    trust_identity_headers: z
      .boolean()
      .default(false)
      .describe("Believe x-parapet-user and x-parapet-agent from callers without a key that says so"),
    unscannable: z
      .union([UnscannableAction, UnscannableByKind])
      .default("allow")
      .describe(
        "Content that no detector can read (images, audio, files) on an enforcing route: one word for all, or one per kind",
      ),
    tool_definitions: z
      .enum(["off", "report", "pin"])
      .default("report")
      .describe(
        "Definitions of tools that come in requests to a model: `report` shows what changed since the first ones, and `pin` tells policies too, which hold calls of changed and shadowing ones until somebody approves; applications change them with releases",
      ),
    allow_private_upstream: z
      .boolean()
      .default(true)
      .describe(
        "Let the upstream be on a private or loopback address, as self-hosted models are; metadata addresses are always refused",
      ),
    timeouts: RouteTimeouts,
  })
  .refine((route) => answersItself(route) || route.protocol === "mcp" || route.upstream !== undefined, {
    message: "needs an upstream (only the demo and guards work without one)",
    path: ["upstream"],
  })
  .refine((route) => route.protocol !== "mcp" || (route.upstream === undefined) !== (route.servers === undefined), {
    message: "an MCP route needs either an upstream or servers",
    path: ["upstream"],
  })
  .refine((route) => route.protocol === "mcp" || (route.servers ?? route.authorization) === undefined, {
    message: "servers and authorization belong to routes with `protocol: mcp`",
    path: ["servers"],
  })
  .refine((route) => route.protocol === "a2a" || route.a2a === undefined, {
    message: "belongs to routes with `protocol: a2a`",
    path: ["a2a"],
  })
  .refine((route) => route.protocol !== "a2a" || route.divert_to === undefined, {
    message: "cannot be set on an A2A route: what is meant for one agent is not another's to answer",
    path: ["divert_to"],
  })
  .refine((route) => route.protocol !== "a2a" || route.guard === undefined, {
    message: "cannot be a guard on an A2A route: what an agent answers is half of what matters",
    path: ["guard"],
  })
  .refine(
    (route) => route.guard === undefined || !(route.protocol === "mcp" || route.protocol.endsWith("-guardrail")),
    {
      message: "belongs to routes whose protocol models or agents speak",
      path: ["guard"],
    },
  )
  .refine((route) => route.guard !== "ext-proc" || route.credential === undefined || route.credential === "caller", {
    message: "cannot be set where Envoy asks: it has the upstream, and its credential",
    path: ["credential"],
  })
  .refine((route) => route.guard !== "ext-proc" || route.divert_to === undefined, {
    message: "cannot be set where Envoy asks: it has the upstream",
    path: ["divert_to"],
  })
  .refine((route) => route.protocol !== "mcp" || route.credential !== "caller", {
    message: "cannot be the caller's on an MCP route: tokens are not passed through",
    path: ["credential"],
  });
export type RouteConfiguration = Readonly<z.infer<typeof RouteConfiguration>>;

export const Limits = z
  .strictObject({
    bodyBytesMax: z
      .int()
      .positive()
      .max(256 * 1024 * 1024)
      .default(10 * 1024 * 1024)
      .describe("Largest request body; above is 413"),
    responseBytesMax: z
      .int()
      .positive()
      .default(64 * 1024 * 1024)
      .describe("Largest response read from an upstream"),
    depthMax: z.int().positive().max(64).default(64).describe("Deepest JSON nesting"),
    headerBytesMax: z
      .int()
      .positive()
      .default(32 * 1024)
      .describe("Largest header block"),
    exchangesMax: z.int().positive().default(2_000).describe("Exchanges in flight; above is 503 with Retry-After"),
    inFlightBytesMax: z
      .int()
      .positive()
      .default(256 * 1024 * 1024)
      .describe(
        "Bytes of bodies that all exchanges in flight hold together; above is 503 with Retry-After, but for the first 64 KiB of each",
      ),
    uploadBytesMax: z
      .int()
      .positive()
      .max(256 * 1024 * 1024)
      .default(32 * 1024 * 1024)
      .describe("Largest file that comes in parts: they are kept in memory until the whole is inspected"),
    uploadsBytesMax: z
      .int()
      .positive()
      .default(64 * 1024 * 1024)
      .describe("Parts of all uploads that are not completed; one caller may hold half of it; above is 503"),
    memoryBytes: z
      .int()
      .nonnegative()
      .default(64 * 1024 * 1024)
      .describe("Inspection memory; 0 turns it off"),
  })
  .prefault({});

export const Configuration = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address to bind; anything but loopback needs gateway keys"),
      port: z.int().min(0).max(65_535).default(4100).describe("Port to bind; 0 takes a free one"),
      hosts: z
        .array(z.string())
        .default([])
        .describe("Further Host header names that are accepted (DNS rebinding guard)"),
    })
    .prefault({}),
  data: z.string().default("./data").describe("Directory of everything Parapet keeps"),
  routes: z
    .array(RouteConfiguration)
    .default([])
    .describe("Where applications send their requests, and what becomes of them"),
  policies: z.array(z.string()).default(["./policies"]).describe("Folders of Cedar policies"),
  rules: z.array(z.string()).default(["./rules"]).describe("Folders of Sigma rules"),
  source_mappings: z
    .array(z.string())
    .default(["./sources"])
    .describe("Folders of mappings: telemetry sources that only rename fields (docs/adding-a-source.md)"),
  detectors: z
    .record(Slug, z.unknown())
    .default({})
    .describe("Settings per detector; see each detector's own reference"),
  second_opinion: SecondOpinionConfiguration.optional().describe(
    "Who is asked about requests of which the detectors are unsure; see docs/second-opinion.md. Left out: nobody",
  ),
  limits: Limits,
  retention: z
    .strictObject({
      textDays: z.int().positive().default(30).describe("Captured text"),
      eventDays: z.int().positive().default(365).describe("Events and exchange summaries; ledger leaves are kept"),
    })
    .prefault({}),
  store: z
    .strictObject({
      memoryBytes: z
        .int()
        .positive()
        .default(1_500_000_000)
        .describe("Cap of the embedded event store, caches included"),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      origin: z.string().default("parapet.local/ledger").describe("Origin line of checkpoints (C2SP tlog-checkpoint)"),
      checkpointSeconds: z
        .int()
        .positive()
        .default(10)
        .describe("Longest time between signed checkpoints while records arrive"),
    })
    .prefault({}),
  monitor: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe("Monitor that this gateway ships its records to"),
      credential: z.string().describe("Source key, `${ENV_NAME}` or `file:/path`"),
    })
    .optional()
    .describe("Only for `parapet gateway` on a machine of its own"),
  ingest: z
    .strictObject({
      credential: z.string().describe("What gateways on other machines present, `${ENV_NAME}` or `file:/path`"),
    })
    .optional()
    .describe("Accept records that gateways on other machines ship; left out, none are accepted"),
  assets: z
    .array(AssetValue)
    .default([])
    .describe(
      "What principals, agents, models, datasets and routes are worth, and whose they are: findings are scored by it",
    ),
  links: z
    .array(LinkRule)
    .default([])
    .describe("Which names in an event belong together, beside the rules that ship; see docs/joins.md"),
  findings: z
    .strictObject({
      queue: z
        .int()
        .min(1)
        .max(500)
        .default(20)
        .describe("Most findings put before one person at once, highest score first; the rest is counted below them"),
    })
    .prefault({}),
  agents: z
    .array(AgentDeclaration)
    .max(1_000)
    .default([])
    .describe("What each agent may do; an agent that is not declared is judged by what can be inferred"),
  tools: z
    .array(ToolDeclaration)
    .max(5_000)
    .default([])
    .describe(
      "What tools do, what their arguments are, and who could have written what they answer; the first that fits counts",
    ),
  business_limits: z
    .array(BusinessLimit)
    .max(500)
    .default([])
    .describe("Amounts, numbers of recipients, totals and times that tool calls stay within, whoever asks for them"),
  breaker: z
    .strictObject({
      stopped: z
        .int()
        .min(1)
        .default(20)
        .describe("Tool calls of one agent for one user that pause it when so many were stopped"),
      minutes: z.number().min(0.1).max(1_440).default(10).describe("Time in which they are counted"),
      pauseMinutes: z
        .number()
        .min(0.1)
        .max(1_440)
        .default(15)
        .describe("Time for which none of its tool calls for this user passes then"),
    })
    .prefault({})
    .describe("When an agent gets no tool call through for a time, because too many were stopped"),
  mcp: McpConfiguration,
  approvals: ApprovalsConfiguration.describe(
    "How long people have to decide about what policies hold, and how they are told; see docs/approvals.md",
  ),
  guards: GuardsConfiguration.describe("How other gateways reach guards; see docs/guards.md"),
  sources: z
    .array(SourceConfiguration)
    .max(200)
    .default([])
    .describe(
      "Telemetry that is taken in besides what the gateway sees. Left out: pushed telemetry is taken from this machine only, with an administrator's token or `ingest.credential`",
    ),
  self_test: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Run on the schedule; by command it runs either way"),
      everyHours: z.number().min(0.1).max(720).default(6).describe("Hours between two runs"),
      rowsPerSecond: z.number().min(0.5).max(500).default(5).describe("Most rows a second that a run sends"),
      folder: z
        .string()
        .optional()
        .describe("Folder of rows and `baseline.json`, for a corpus of your own. Left out: the one that is shipped"),
      fall: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe("A recall lower by more than this than the median of earlier good runs is a finding"),
      rise: z
        .number()
        .min(0)
        .max(1)
        .default(0.03)
        .describe("A rate of false positives higher by more than this than that median is a finding"),
      runsKept: z.int().min(10).max(5_000).default(400).describe("Runs that are kept; older ones are deleted"),
    })
    .prefault({})
    .describe("Attacks and look-alikes sent through the gateway's own listener to a scripted upstream"),
  behaviour: BehaviourConfiguration,
  probes: z
    .array(ProbeConfiguration)
    .default([])
    .describe("Fixed prompts that are sent to a model on a schedule, to notice that it was changed silently"),
  metrics: z
    .strictObject({
      credential: z
        .string()
        .optional()
        .describe(
          "Bearer token that `/metrics` asks for, `${ENV_NAME}` or `file:/path`. Left out: it answers whoever reaches it",
        ),
      listen: z
        .strictObject({
          host: z.string().default("127.0.0.1").describe("Address to bind for `/metrics` alone"),
          port: z.int().min(0).max(65_535).describe("Port to bind for `/metrics` alone; 0 takes a free one"),
        })
        .optional()
        .describe("Serve `/metrics` on an address of its own, and there only. Left out: beside everything else"),
    })
    .prefault({})
    .describe("Who may read the metrics, which name routes and verdicts"),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"])
        .default("info")
        .describe("Least level that is logged, as JSON lines on standard error"),
    })
    .prefault({}),
});
export type Configuration = Readonly<z.infer<typeof Configuration>>;

/** `on_failure` with its mode-dependent default applied; `mode` is the one in force, which the console may have set. */
export const failureMode = (
  route: Pick<RouteConfiguration, "on_failure" | "mode">,
  mode: Mode = route.mode,
): "closed" | "open" => route.on_failure ?? (mode === "enforce" ? "closed" : "open");
