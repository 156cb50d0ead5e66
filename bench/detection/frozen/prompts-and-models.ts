import { newRun } from "../ordinary/agents.ts";
import { classified, customer, fineTune } from "../ordinary/models.ts";
import { toolSpan } from "../payloads/agent.ts";
import { bedrockInvocation, cloudTrail } from "../payloads/cloud.ts";
import { qdrant } from "../payloads/stores.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import {
  agentAsks,
  asks,
  byAgent,
  byPerson,
  HOUR_MS,
  INJECTION,
  JAILBREAK,
  MINUTE_MS,
  played,
  roleOf,
  times,
  toolCalls,
} from "../scenarios/steps.ts";

/** Never read by whoever writes rules. */
export const FROZEN_PROMPTS: readonly Scenario[] = [
  {
    id: "frozen-jailbreak-and-injection-mixed",
    family: "jailbreak-repeated",
    variant: "subtle",
    title: "Six attempts of one person in twenty minutes, each of another kind, harmless questions between",
    withinMinutes: 60,
    about: byPerson,
    play: (cast) =>
      played(
        asks(cast, 18, 65_000, (at) =>
          at % 3 === 0 ? { found: [at % 2 === 0 ? JAILBREAK : { ...INJECTION, severity: "medium" }] } : {},
        ),
      ),
  },
  {
    id: "frozen-answers-full-of-names",
    family: "sensitive-payload",
    variant: "subtle",
    title: "An agent's answers to one person hold hosts of the company's own, and a credential",
    withinMinutes: 60,
    about: (cast) => [...byPerson(cast), ...byAgent(cast)],
    play: (cast) =>
      played(
        asks(cast, 5, 3 * MINUTE_MS, (at) => ({
          enforced: false,
          found: [
            { category: "internal_name", type: "host", confidence: 0.9, severity: "medium", direction: "response" },
            ...(at === 3
              ? [
                  {
                    category: "secret" as const,
                    type: "aws-key",
                    confidence: 0.97,
                    severity: "high" as const,
                    direction: "response" as const,
                    action: "redact" as const,
                  },
                ]
              : []),
          ],
        })),
      ),
  },
  {
    id: "frozen-tool-denied-again",
    family: "tool-out-of-scope",
    variant: "loud",
    title: "An agent is refused fifteen tools by name, one after the other",
    historyDays: 6,
    withinMinutes: 60,
    about: byAgent,
    play: (cast) =>
      played(
        toolCalls(
          cast,
          10_000,
          Array.from(
            { length: 15 },
            (_, at) => `admin_${["list", "read", "write", "drop", "grant"][at % 5] ?? ""}_${String(at)}`,
          ),
          { error: "permission_denied" },
        ),
      ),
  },
  {
    id: "frozen-scroll-whole-collection",
    family: "corpus-walk",
    variant: "loud",
    title: "A collection is scrolled from end to end with an agent's access, by another client",
    historyDays: 4,
    withinMinutes: 90,
    about: (cast) => [...byAgent(cast), cast.agent.collection],
    play: ({ atMs, random, agent }) =>
      played(
        times(120, 5_000, (offsetMs) => [
          qdrant(atMs + offsetMs, {
            path: `/collections/${agent.collection}/points/scroll`,
            address: agent.address,
            bytes: random.skewed(1_000_000, 0.1),
            userAgent: "curl/8.5.0",
          }),
        ]),
      ),
  },
  {
    id: "frozen-spike-bedrock",
    family: "token-latency-spike",
    variant: "loud",
    title: "The planner's role sends prompts of a hundred thousand tokens for an hour",
    historyDays: 9,
    withinMinutes: 120,
    about: () => ["agent-planner", "planner"],
    play: ({ atMs, random }) =>
      played(
        times(30, 2 * MINUTE_MS, (offsetMs) => [
          bedrockInvocation(atMs + offsetMs, random, {
            by: { role: "agent-planner", session: "i-0abc" },
            model: "anthropic.claude-sonnet-4-20250514-v1:0",
            inputTokens: 110_000,
            outputTokens: 4_000,
          }),
        ]),
      ),
  },
  {
    id: "frozen-fuzz-tool-arguments",
    family: "scraping-fuzzing",
    variant: "subtle",
    title: "One tool fails eighty times with arguments that no program would send",
    historyDays: 4,
    withinMinutes: 60,
    about: byAgent,
    play: ({ atMs, random, agent }) =>
      played(
        times(80, 20_000, (offsetMs) => [
          toolSpan(atMs + offsetMs, random, agent, newRun(atMs + offsetMs, random), {
            tool: agent.tools[0] ?? "glossary",
            error: "invalid_arguments",
            arguments: JSON.stringify({ id: `${random.hex(12)}' OR 1=1 --` }),
          }),
        ]),
      ),
  },
  {
    id: "frozen-wallet-many-sessions",
    family: "denial-of-wallet",
    variant: "subtle",
    title: "A key opens three hundred sessions in two hours, each just under the limit of one",
    historyDays: 6,
    withinMinutes: 120,
    about: byAgent,
    play: (cast) =>
      played(
        agentAsks(cast, 300, 24_000, (at) => ({
          session: `run-w${String(at)}`,
          inputTokens: 12_000,
          outputTokens: 3_500,
        })),
      ),
  },
  {
    id: "frozen-assume-chain",
    family: "privileged-route",
    variant: "subtle",
    title: "An agent's role assumes the deployer's, and invokes a model its own may not",
    historyDays: 4,
    withinMinutes: 60,
    about: (cast) => [roleOf(cast), "ci-deployer", ...byAgent(cast)],
    play: (cast) =>
      played(
        cloudTrail(cast.atMs - 60_000, cast.random, {
          by: { role: roleOf(cast) },
          call: "bedrock:InvokeModel",
          address: cast.agent.address,
          error: "AccessDenied",
          parameters: { modelId: "anthropic.claude-opus-4-20250514-v1:0" },
        }),
        cloudTrail(cast.atMs, cast.random, {
          by: { role: roleOf(cast) },
          call: "sts:AssumeRole",
          address: cast.agent.address,
          parameters: { roleArn: "arn:aws:iam::123456789012:role/ci-deployer", roleSessionName: cast.agent.name },
        }),
        cloudTrail(cast.atMs + 60_000, cast.random, {
          by: { role: "ci-deployer", session: cast.agent.name },
          call: "bedrock:InvokeModel",
          address: cast.agent.address,
          parameters: { modelId: "anthropic.claude-opus-4-20250514-v1:0" },
        }),
      ),
  },
  {
    id: "frozen-drift-fraud-labels",
    family: "drift-after-fine-tune",
    variant: "subtle",
    title: "After a new version the fraud model clears nearly everything, for two days",
    historyDays: 14,
    withinMinutes: 24 * 60,
    about: () => ["fraud"],
    play: ({ atMs, random, company }) => {
      const fraud = company.classifiers[1];
      return played(
        fineTune(atMs - 4 * HOUR_MS, random, "fraud", "8"),
        fraud === undefined
          ? []
          : times(960, 3 * MINUTE_MS, (offsetMs) => {
              const features = customer(random);
              return [
                classified(atMs + offsetMs, random, fraud, { ...features, amount: Math.round(features.amount / 6) }),
              ];
            }),
      );
    },
  },
  {
    id: "frozen-extraction-by-agent-key",
    family: "model-extraction",
    variant: "subtle",
    title: "An agent's key asks fifteen hundred unlike questions in a day, outside its task",
    historyDays: 8,
    hour: 6,
    withinMinutes: 120,
    about: byAgent,
    play: (cast) =>
      played(
        agentAsks(cast, 1_500, 30_000, (at) => ({
          session: `run-x${String(at)}`,
          prompt: `${cast.random.hex(5)} write ${cast.random.hex(6)} about ${cast.random.hex(7)} and ${cast.random.hex(4)} so that ${cast.random.hex(6)} ${String(at)}`,
        })),
      ),
  },
  {
    id: "frozen-inversion-of-churn",
    family: "membership-inference",
    variant: "loud",
    title: "One customer is scored five hundred times with one number changed",
    historyDays: 6,
    withinMinutes: 180,
    about: ({ person }) => [`user:${person.mail}`, person.mail],
    play: ({ atMs, random, company, person }) => {
      const churn = company.classifiers[2];
      const base = customer(random);
      return played(
        churn === undefined
          ? []
          : times(500, 12_000, (offsetMs, at) => [
              classified(atMs + offsetMs, random, churn, { ...base, months: at % 120 }, `user:${person.mail}`),
            ]),
      );
    },
  },
  {
    id: "frozen-boundary-of-fraud",
    family: "boundary-probing",
    variant: "subtle",
    title: "The amount at which the fraud model says no is searched for five hours, slowly",
    historyDays: 6,
    withinMinutes: 180,
    about: ({ person }) => [`user:${person.mail}`, person.mail],
    play: ({ atMs, random, company, person }) => {
      const fraud = company.classifiers[1];
      return played(
        fraud === undefined
          ? []
          : times(300, MINUTE_MS, (offsetMs, at) => [
              classified(
                atMs + offsetMs,
                random,
                fraud,
                { age: 40, income: 40_000, amount: 8_900 + ((at * 37) % 200), months: 10, segment: "private" },
                `user:${person.mail}`,
              ),
            ]),
      );
    },
  },
];
