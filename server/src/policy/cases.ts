import { Action, CallFacts, Category, type Diagnostic, Mode, Provenance } from "@parapet/model";
import type { PolicyCaseResult } from "@parapet/model/api";
import { isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import type { PolicyDecision, PolicyQuestion } from "./policy.ts";
import { POLICY_ACTIONS, PRINCIPAL_KINDS } from "./schema.ts";

const CaseMatch = z.strictObject({
  category: Category,
  confidence: z.number().min(0).max(1),
  type: z.string().default("any"),
  provenance: Provenance.optional(),
});

const { scope, flow, limits, steps } = CallFacts.shape;

/** A tool call with its facts; what is left out is as calm as it can be. */
const CaseTool = z.strictObject({
  name: z.string(),
  server: CallFacts.shape.server.default(""),
  effects: CallFacts.shape.effects.default(["read"]),
  basis: CallFacts.shape.basis.default("declared"),
  pin: CallFacts.shape.pin.default("none"),
  scope: z
    .strictObject({ declared: scope.shape.declared.default(true), violations: scope.shape.violations.default([]) })
    .prefault({}),
  flow: z
    .strictObject({
      known: flow.shape.known.default(true),
      user: flow.shape.user.default(true),
      untrusted: flow.shape.untrusted.default(false),
      classes: flow.shape.classes.default([]),
      asked: flow.shape.asked.default(true),
      target: flow.shape.target.default("none"),
      content: flow.shape.content.default("none"),
      doubt: flow.shape.doubt.unwrap().default(50),
    })
    .prefault({}),
  limits: z.strictObject({ exceeded: limits.shape.exceeded.default([]) }).prefault({}),
  steps: z
    .strictObject({
      count: steps.shape.count.default(0),
      repeats: steps.shape.repeats.default(0),
      unexpected: steps.shape.unexpected.default(false),
      forbidden: steps.shape.forbidden.default(false),
      paused: steps.shape.paused.default(false),
    })
    .prefault({}),
  arguments: z
    .strictObject({
      amount: z.int().min(-1).default(0),
      count: z.int().min(-1).default(0),
      recipients: z.array(z.string()).default([]),
      hosts: z.array(z.string()).default([]),
    })
    .prefault({}),
});

const When = z.strictObject({
  action: z.enum(POLICY_ACTIONS),
  mode: Mode.default("enforce"),
  route: z.string().default("assistant"),
  protocol: z.string().default("openai"),
  model: z.string().default("any"),
  provenance: Provenance.default("user"),
  matches: z.array(CaseMatch).max(100).default([]),
  unscannable: z.int().nonnegative().default(0),
  principal: z
    .strictObject({ kind: z.enum(PRINCIPAL_KINDS), id: z.string(), groups: z.array(z.string()).default([]) })
    .default({ kind: "Anonymous", id: "anonymous", groups: [] }),
  agent: z.string().default(""),
  user: z.string().default(""),
  onBehalfOf: z.array(z.string()).default([]),
  key: z.string().default(""),
  tool: z.union([z.string(), CaseTool]).optional(),
  session: z.strictObject({ risk: z.number().default(0), known: z.boolean().default(true) }).prefault({}),
  streamed: z.boolean().default(false),
});

const PolicyCase = z.strictObject({
  name: z.string().min(1),
  policy: z.string().optional(),
  when: When,
  expect: Action,
  redacts: z.array(z.int().nonnegative()).optional(),
  masks: z.array(z.int().nonnegative()).optional(),
});
type PolicyCase = z.infer<typeof PolicyCase>;

/** A case with where it stands. Without `policy` it speaks of the whole set's verdict. */
export interface LocatedCase {
  readonly file: string;
  readonly line: number;
  readonly content: PolicyCase;
}

const wording = (issue: z.core.$ZodIssue): string =>
  issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;

/** Reads one `.cases.yaml`: a list of cases. */
export const parseCases = (
  file: string,
  text: string,
): { readonly cases: readonly LocatedCase[]; readonly diagnostics: readonly Diagnostic[] } => {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, logLevel: "error" });
  const lineOf = (offset: number | undefined): number => Math.max(1, counter.linePos(offset ?? 0).line);
  const failure = (line: number, message: string, fix: string): Diagnostic => ({
    level: "error",
    file,
    line,
    message,
    fix,
  });
  const [broken] = document.errors;
  if (broken !== undefined) {
    return {
      cases: [],
      diagnostics: [
        failure(lineOf(broken.pos[0]), broken.message.split("\n")[0] ?? "not YAML", "Correct the YAML at this line"),
      ],
    };
  }
  const list = document.contents;
  if (!isSeq(list))
    return {
      cases: [],
      diagnostics: [failure(1, "The file is not a list of cases", "Begin each case with `- name:`")],
    };
  const cases: LocatedCase[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const item of list.items) {
    const line = lineOf(isMap(item) ? item.range?.[0] : undefined);
    const value: unknown = isMap(item) ? item.toJS(document) : undefined;
    const parsed = PolicyCase.safeParse(value);
    if (parsed.success) {
      cases.push({ file, line, content: parsed.data });
      continue;
    }
    for (const issue of parsed.error.issues) {
      const node = isMap(item)
        ? item.getIn(
            issue.path.filter((part) => typeof part !== "symbol"),
            true,
          )
        : undefined;
      const range =
        typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? node.range : [];
      const place: unknown = range[0];
      diagnostics.push(
        failure(
          typeof place === "number" ? lineOf(place) : line,
          wording(issue),
          "See docs/policies.md, Cases, for the fields of a case",
        ),
      );
    }
  }
  return { cases, diagnostics };
};

const toolCallOf = (tool: PolicyCase["when"]["tool"]): Pick<PolicyQuestion, "toolCall"> => {
  if (tool === undefined) return {};
  if (typeof tool === "string") return { toolCall: { name: tool } };
  const { name, arguments: values, ...facts } = tool;
  return { toolCall: { name, facts: { ...facts, origins: [], reasons: [] }, arguments: values } };
};

const questionOf = ({ when }: PolicyCase): PolicyQuestion => ({
  tenant: "default",
  principal: when.principal,
  agent: when.agent,
  user: when.user,
  onBehalfOf: when.onBehalfOf,
  key: when.key,
  action: when.action,
  route: when.route,
  protocol: when.protocol,
  model: when.model,
  mode: when.mode,
  matches: when.matches.map(({ category, confidence, type, provenance }, index) => ({
    provenance: provenance ?? when.provenance,
    match: {
      detector: "case",
      category,
      type,
      confidence,
      severity: "medium",
      segment: index,
      start: 0,
      end: 1,
      reason: "case",
      view: "original",
    },
  })),
  unscannable: when.unscannable,
  ...toolCallOf(when.tool),
  session: { id: "case", ...when.session },
  streamed: when.streamed,
});

/** What the case's policy did, or the whole set when the case names none. */
const outcome = (content: PolicyCase, { verdict }: PolicyDecision): Action => {
  if (content.policy === undefined) return verdict.action;
  const own = verdict.policies.find(({ id }) => id === content.policy);
  if (own === undefined) return "allow";
  return verdict.action === "observe" ? "observe" : own.action;
};

/** ` of matches [0,2], masked [2]`, as far as the case speaks of spans. */
const spansOf = ({ redacts, masks }: PolicyCase, { redact, mask }: Pick<PolicyDecision, "redact" | "mask">): string =>
  (redacts === undefined ? "" : ` of matches [${redact.join(",")}]`) +
  (masks === undefined ? "" : `${redacts === undefined ? " of" : ","} masked [${mask.join(",")}]`);

export const runCase = (
  { file, content }: LocatedCase,
  decide: (question: PolicyQuestion) => PolicyDecision,
): PolicyCaseResult => {
  const decision = decide(questionOf(content));
  const actual = outcome(content, decision);
  const spans = spansOf(content, decision);
  const wanted = spansOf(content, { redact: content.redacts ?? [], mask: content.masks ?? [] });
  return {
    policy: content.policy ?? decision.verdict.policy ?? "",
    name: content.name,
    file,
    passed: actual === content.expect && spans === wanted,
    expected: content.expect + wanted,
    actual: actual + spans,
  };
};
