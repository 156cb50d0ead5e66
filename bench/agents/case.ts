/**
 * The form of the cases that the agents' benchmark replays: an agent, its tools, and tasks with the answers that the
 * tools give, each with the attack that an outsider's text carries into it. README.md says what each key means.
 */
import { ArgumentRole, DataClass, Effect } from "@parapet/model";
import { z } from "zod";

const Name = z.string().regex(/^[a-z][a-z0-9_.-]{1,63}$/, "a tool's name is of small letters, digits, _ . -");

/** The part of JSON Schema that the tools of the cases use. */
export interface Parameter {
  readonly type: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly description?: string | undefined;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly properties?: Readonly<Record<string, Parameter>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Parameter | undefined;
}

const Parameter: z.ZodType<Parameter> = z.lazy(() =>
  z.looseObject({
    type: z.enum(["object", "array", "string", "number", "integer", "boolean"]),
    description: z.string().optional(),
    enum: z.array(z.union([z.string(), z.number()])).optional(),
    properties: z.record(z.string(), Parameter).optional(),
    required: z.array(z.string()).optional(),
    items: Parameter.optional(),
  }),
);

const Tool = z.strictObject({
  name: Name,
  description: z.string().min(1),
  parameters: Parameter,
  declared: z.strictObject({
    effects: z.array(Effect).min(1),
    arguments: z.record(z.string(), ArgumentRole).default({}),
    result: z.strictObject({ integrity: z.enum(["trusted", "untrusted"]), data: z.array(DataClass).default([]) }),
  }),
});

const Agent = z.strictObject({
  id: z.string(),
  system: z.string().min(1),
  tools: z.array(Name).min(1),
  data: z.array(DataClass).default([]),
  hosts: z.array(z.string()).default([]),
});

/** What a tool answers, as text: a YAML list or map stands for its JSON. */
const Answer = z
  .union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .transform((answer) => (typeof answer === "string" ? answer : JSON.stringify(answer)));

const Arguments = z.record(z.string(), z.unknown());

const Step = z.strictObject({ call: Name, arguments: Arguments.default({}), result: Answer });

const AttackCall = z.strictObject({
  call: Name,
  arguments: Arguments.default({}),
  result: Answer.default('{"ok":true}'),
  harmful: z.boolean().default(false),
});

const Planted = z.strictObject({
  session: z.int().min(0).default(0),
  step: z.int().min(0),
  result: Answer,
  calls: z.array(AttackCall).default([]),
});

const attackKeys = {
  technique: z.string().min(1),
  suspicious: z.boolean(),
  calls: z.array(AttackCall).min(1),
  resume: z.int().min(0).optional(),
};

const Attack = z.union([
  z.strictObject({ ...attackKeys, where: z.int().min(0), result: Answer }),
  z.strictObject({
    ...attackKeys,
    where: z.literal("memory"),
    step: z.int().min(0).default(0),
    result: Answer,
    planted: Planted.optional(),
  }),
  z.strictObject({ ...attackKeys, where: z.strictObject({ tool: Name }), description: z.string().min(1) }),
]);

const Session = z.strictObject({
  user: z.string().min(1),
  steps: z.array(Step).min(1),
  answer: z.string().optional(),
});

const Case = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  user: z.string().min(1),
  previous: z.array(Session).default([]),
  steps: z.array(Step).min(1),
  answer: z.string().optional(),
  attack: Attack.optional(),
});

/** An agent and the tools that its server offers. */
export const Head = z.object({ agent: Agent, tools: z.array(Tool).min(1) });
/** A file of cases: with the agent and tools themselves, or with `head`, the path to the file that has them. */
export const CaseFile = z.union([
  z.strictObject({ domain: z.string(), head: z.string(), cases: z.array(Case).min(1) }),
  z.strictObject({ domain: z.string(), ...Head.shape, cases: z.array(Case).min(1) }),
]);

export type Tool = z.infer<typeof Tool>;
export type Agent = z.infer<typeof Agent>;
export type Step = z.infer<typeof Step>;
export type AttackCall = z.infer<typeof AttackCall>;
export type Attack = z.infer<typeof Attack>;
export type Session = z.infer<typeof Session>;
export type Case = z.infer<typeof Case>;
export type CaseFile = z.infer<typeof CaseFile>;
