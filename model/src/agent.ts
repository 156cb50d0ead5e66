import { z } from "zod";
import { Slug } from "./identifiers.ts";

/** What a tool does to the world. One tool may do several things. */
export const EFFECTS = ["read", "write", "communicate", "spend", "destroy", "rights"] as const;
export const Effect = z.enum(EFFECTS);
export type Effect = z.infer<typeof Effect>;

/** What the value of an argument is, so that its origin can be judged. */
export const ARGUMENT_ROLES = [
  "recipient",
  "account",
  "url",
  "host",
  "path",
  "amount",
  "count",
  "content",
  "query",
  "id",
  "command",
  "time",
] as const;
export const ArgumentRole = z.enum(ARGUMENT_ROLES);
export type ArgumentRole = z.infer<typeof ArgumentRole>;

/** Classes of data whose way matters: the confidentiality half of a label. */
export const DATA_CLASSES = ["personal", "secret", "internal", "financial", "health"] as const;
export const DataClass = z.enum(DATA_CLASSES);
export type DataClass = z.infer<typeof DataClass>;

/** Whose words the result of a tool may be: the integrity half of a label. */
export const INTEGRITIES = ["trusted", "untrusted"] as const;
export const Integrity = z.enum(INTEGRITIES);
export type Integrity = z.infer<typeof Integrity>;

/** A name, or a beginning of names that ends in `*`. */
const NamePattern = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^*]*\*?$/, "may have one * at its end");

/** What the operator says of a tool. What is left out is taken from a trusted server's annotations, else inferred. */
export const ToolDeclaration = z.strictObject({
  name: NamePattern.describe("The tool's name as the model calls it; a * at the end stands for any ending"),
  server: Slug.optional().describe(
    "MCP server that offers it, or A2A route whose agent it is; left out: any, and tools of model protocols",
  ),
  effects: z.array(Effect).min(1).optional().describe("What it does to the world"),
  arguments: z
    .record(z.string(), ArgumentRole)
    .optional()
    .describe("Role of each argument by its name, or by its path with dots: `invoice.iban`"),
  result: z
    .strictObject({
      integrity: Integrity.optional().describe("`trusted`: nobody outside can have written what it answers"),
      data: z.array(DataClass).optional().describe("Classes of data that it answers with"),
    })
    .optional(),
  memory: Slug.optional().describe(
    "Memory that it writes to or reads from: what a session held when it wrote comes back with what is read",
  ),
});
export type ToolDeclaration = Readonly<z.infer<typeof ToolDeclaration>>;

/** What a session of an agent may use up. */
export const AgentBudget = z.strictObject({
  calls: z.int().min(1).optional().describe("Most tool calls in a session"),
  repeats: z.int().min(1).optional().describe("Most calls of a session with the same tool and the same arguments"),
  tokens: z.int().min(1).optional().describe("Most tokens that the models of a session may use, in and out"),
  minutes: z.int().min(1).optional().describe("Longest time from the first tool call of a session to its last"),
});
export type AgentBudget = Readonly<z.infer<typeof AgentBudget>>;

/** Name of the step before the first one, in a declared graph. */
export const START = "start";

/** The order that an agent's calls are expected in, and the orders that are not to be. */
export const AgentSteps = z.strictObject({
  expected: z
    .record(NamePattern, z.array(NamePattern))
    .optional()
    .describe(
      "For each tool, and `start`, the tools that may follow it directly. Another step is a deviation, which policies may act upon. Left out: learned from the agent's sessions",
    ),
  forbidden: z
    .array(
      z.strictObject({
        after: NamePattern.describe("Tool that ends the permission"),
        never: NamePattern.describe("Tool that is not called then"),
      }),
    )
    .max(100)
    .default([])
    .describe("Once `after` was called in a session, `never` is not called in it any more"),
});
export type AgentSteps = Readonly<z.infer<typeof AgentSteps>>;

const KubernetesName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "is a name of small letters, digits and - in it");
const Label = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/, "is no label of Kubernetes");
const AbsolutePath = z
  .string()
  .max(500)
  .regex(/^\/[^\0\n*?"]*$/, "is a path from /, without wildcards");

/** Where an agent runs: what a sandbox around it is made from. */
export const AgentWorkload = z.strictObject({
  namespace: KubernetesName.default("default").describe("Kubernetes namespace of its pods"),
  labels: z
    .record(Label, Label)
    .refine((labels) => Object.keys(labels).length > 0, "selects every pod: name at least one label")
    .describe("Labels that select its pods, and no others"),
  image: z.string().max(300).default("agent").describe("Image of its container"),
  user: z.int().min(1).default(10_001).describe("Number of the user that it runs as; never root"),
  programs: z.array(AbsolutePath).min(1).describe("Programs that it consists of and may start, as paths"),
  writes: z.array(AbsolutePath).default(["/tmp"]).describe("Folders that it may write to"),
  memoryMiB: z.int().min(16).default(1_024).describe("Most memory"),
  processes: z.int().min(1).default(128).describe("Most processes and threads"),
});
export type AgentWorkload = Readonly<z.infer<typeof AgentWorkload>>;

/** What an agent may do. An agent without a declaration is judged by what can be inferred. */
export const AgentDeclaration = z.strictObject({
  id: z.string().min(1).max(200).describe("Name of the agent, as its key or `x-parapet-agent` says"),
  owner: z.string().max(200).optional().describe("Person or team to ask"),
  tools: z.array(NamePattern).describe("Tools that it may call, as `server/tool` where one server is meant"),
  data: z.array(DataClass).optional().describe("Classes of data that it may handle; left out: any"),
  hosts: z.array(z.string()).optional().describe("Hosts that it may talk to, subdomains included; left out: any"),
  approvers: z
    .array(z.string())
    .optional()
    .describe("Users who may approve its calls; left out: whoever has the role approver"),
  budget: AgentBudget.optional().describe("What one of its sessions may use up"),
  steps: AgentSteps.optional().describe("The order of its calls"),
  workload: AgentWorkload.optional().describe("Where it runs; `parapet agents recipe` makes a sandbox from it"),
});
export type AgentDeclaration = Readonly<z.infer<typeof AgentDeclaration>>;

/** What a business limit adds up. */
export const LIMIT_MEASURES = ["calls", "amount", "count", "recipients"] as const;
/** Whose calls are added up together. */
export const LIMIT_SCOPES = ["agent", "user", "session", "tenant"] as const;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is a time such as 08:30");

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format(0) !== "";
  } catch {
    return false;
  }
};

/**
 * A bound of the business on what tools do, whoever asks. A value that cannot be read (no number, negative, none at all)
 * exceeds it.
 */
export const BusinessLimit = z
  .strictObject({
    id: Slug.describe("Name by which policies and records speak of it"),
    tools: z.array(NamePattern).min(1).describe("Tools whose calls count, as `server/tool` where one server is meant"),
    agents: z.array(NamePattern).min(1).optional().describe("Agents whose calls count; left out: everybody's"),
    measure: z
      .enum(LIMIT_MEASURES)
      .default("calls")
      .describe(
        "`calls`, or the arguments with the role `amount`, `count` (both summed) or `recipient` (different ones counted)",
      ),
    each: z.number().nonnegative().optional().describe("Most that one call may have"),
    total: z
      .strictObject({
        most: z.number().nonnegative().describe("Most of all calls that passed"),
        per: z.enum(LIMIT_SCOPES).default("agent").describe("Whose calls are added up together"),
        hours: z
          .number()
          .min(0.1)
          .max(31 * 24)
          .default(24)
          .describe("Length of the windows that are added up in; windows begin at whole multiples since 1970 (UTC)"),
      })
      .optional(),
    between: z
      .strictObject({
        from: TimeOfDay.describe("Local time from which they are made"),
        to: TimeOfDay.describe("Earlier than `from`: on the next day"),
        days: z
          .array(z.enum(WEEKDAYS))
          .min(1)
          .optional()
          .describe("Days on which the time begins; left out: every day"),
        zone: z
          .string()
          .refine(isTimeZone, "is no time zone, such as Europe/Vienna")
          .default("UTC")
          .describe("Time zone of the times, such as Europe/Vienna"),
      })
      .optional()
      .describe("Times at which such calls are made at all"),
  })
  .refine(({ each, total, between }) => each !== undefined || total !== undefined || between !== undefined, {
    error: "bounds nothing: give each, total or between",
  });
export type BusinessLimit = Readonly<z.infer<typeof BusinessLimit>>;

/**
 * Where the value of an argument comes from, from safest to worst. `delegated`: it stands in content that the user
 * pointed at, and in that content alone stands one of its kind. `model`: nobody said it, the model made it up.
 */
export const ORIGINS = ["none", "user", "trusted", "delegated", "model", "untrusted"] as const;
export const Origin = z.enum(ORIGINS);
export type Origin = z.infer<typeof Origin>;

/** One argument of a call, and the place that its value was found at. */
export const ArgumentOrigin = z.object({
  path: z.string().describe("JSON pointer into the arguments"),
  role: ArgumentRole.optional().describe("Absent where the argument has none that matters"),
  origin: Origin,
  segment: z.int().nonnegative().optional().describe("Segment of the exchange in which the value stands"),
  start: z.int().nonnegative().optional(),
  end: z.int().nonnegative().optional(),
  tool: z.string().optional().describe("Tool whose result holds the value"),
});
export type ArgumentOrigin = Readonly<z.infer<typeof ArgumentOrigin>>;

/** What the arguments of a call amount to, without their values. */
export const ArgumentsUse = z.object({
  hosts: z.array(z.string()).optional().describe("Hosts that they lead to; absent where the arguments cannot be read"),
  amount: z.number().optional().describe("Sum of those with this role; absent without"),
  count: z.number().optional().describe("The same for the role `count`"),
  recipients: z.int().optional().describe("Different recipients; absent without"),
});
export type ArgumentsUse = Readonly<z.infer<typeof ArgumentsUse>>;

export const EFFECT_BASES = ["declared", "annotated", "inferred"] as const;
export const EffectBasis = z.enum(EFFECT_BASES);
export type EffectBasis = z.infer<typeof EffectBasis>;

/** State of a tool's definition against the one that was pinned. */
export const PIN_STATES = ["none", "new", "pinned", "changed", "shadowing"] as const;
export const PinState = z.enum(PIN_STATES);
export type PinState = z.infer<typeof PinState>;

/** What is known of a tool call when policy decides about it. Recorded with the call. */
export const CallFacts = z.object({
  server: z.string().describe("MCP server; empty where the application itself runs the tool"),
  effects: z.array(Effect),
  basis: EffectBasis,
  pin: PinState,
  scope: z.object({
    declared: z.boolean().describe("Whether the agent has a declaration"),
    violations: z.array(z.enum(["tool", "argument", "host", "data", "budget"])),
  }),
  flow: z.object({
    known: z.boolean().describe("Whether all of the session was seen"),
    user: z.boolean().describe("Whether words of the user are known"),
    untrusted: z.boolean().describe("Whether content that outsiders may have written is in the session"),
    classes: z.array(DataClass).describe("Classes of data in the session"),
    asked: z.boolean().describe("Whether the user's own words ask for such an effect"),
    target: Origin.describe("Worst origin of what names a recipient, account, address, host or path"),
    content: Origin.describe("Worst origin of the other arguments"),
    doubt: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe(
        "How likely it is, in per cent, that content and not the user is why the call is made; left out where nothing can be said",
      ),
  }),
  limits: z.object({ exceeded: z.array(z.string()).describe("Ids of limits that this call would exceed") }),
  steps: z.object({
    count: z.int().nonnegative().describe("Calls of the session before this one"),
    repeats: z.int().nonnegative().describe("Same calls with the same arguments before this one"),
    unexpected: z.boolean().describe("Whether the step is none that this agent is known to take here"),
    forbidden: z.boolean().describe("Whether the declared graph forbids it"),
    paused: z.boolean().describe("Whether so many calls of the agent were stopped that all of them are, for a time"),
  }),
  origins: z.array(ArgumentOrigin).describe("At most 64"),
  reasons: z.array(z.string()).describe("What a person should know, in sentences; at most 8"),
});
export type CallFacts = Readonly<z.infer<typeof CallFacts>>;
