import { newRun } from "../ordinary/agents.ts";
import { span } from "../payloads/agent.ts";
import { cloudTrail } from "../payloads/cloud.ts";
import { entraAudit, entraSignIn } from "../payloads/identity.ts";
import { hubAudit, hubPush, mlflowCall, mlflowHook } from "../payloads/registry.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { byAgent, byPerson, byStranger, MINUTE_MS, played, times } from "../scenarios/steps.ts";

/** Never read by whoever writes rules. */
export const FROZEN_CLOUD: readonly Scenario[] = [
  {
    id: "frozen-registry-monitor-bot",
    family: "registry-write-by-reader",
    variant: "subtle",
    title: "The monitoring account, which only reads, moves one alias at the weekend's edge",
    historyDays: 6,
    hour: 16,
    withinMinutes: 60,
    about: () => ["user:monitor-bot", "monitor-bot"],
    play: ({ atMs }) =>
      played(
        mlflowCall(atMs, {
          method: "POST",
          path: "registered-models/alias",
          user: "monitor-bot",
          address: "10.0.4.9",
          body: { name: "churn", alias: "champion", version: "2" },
        }),
        mlflowHook(atMs + 300, "model_version_alias", "created", { name: "churn", alias: "champion", version: "2" }),
      ),
  },
  {
    id: "frozen-global-admin-to-agent",
    family: "privilege-change",
    variant: "loud",
    title: "An agent's service principal becomes a global administrator in the directory",
    withinMinutes: 30,
    about: (cast) => [...byPerson(cast), ...byAgent(cast)],
    play: ({ atMs, random, person, agent }) =>
      played(
        entraAudit(atMs, random, {
          activity: "Add member to role",
          category: "RoleManagement",
          by: person.mail,
          address: person.address,
          target: `${agent.name}-agent`,
          value: "Global Administrator",
        }),
        entraAudit(atMs + 30_000, random, {
          activity: "Add service principal credentials",
          category: "ApplicationManagement",
          by: person.mail,
          address: person.address,
          target: `${agent.name}-agent`,
        }),
      ),
  },
  {
    id: "frozen-person-two-places",
    family: "key-new-place",
    variant: "subtle",
    title: "A person signs in from two continents within twenty minutes, both without a fault",
    historyDays: 8,
    withinMinutes: 120,
    about: byStranger,
    play: ({ atMs, random, person, stranger }) =>
      played(
        entraSignIn(atMs, random, {
          mail: person.mail,
          address: person.address,
          country: person.office.country,
          countryName: person.office.countryName,
          ok: true,
        }),
        entraSignIn(atMs + 20 * MINUTE_MS, random, {
          mail: person.mail,
          address: stranger,
          country: "BR",
          countryName: "Brazil",
          ok: true,
        }),
        cloudTrail(atMs + 25 * MINUTE_MS, random, {
          by: { role: "AWSReservedSSO_DataScientist_0123456789abcdef", session: person.mail },
          call: "sagemaker:ListModels",
          address: stranger,
        }),
      ),
  },
  {
    id: "frozen-edits-approved-in-bulk",
    family: "approval-abuse",
    variant: "subtle",
    title: "Twelve tool calls in a row are approved faster than anybody reads",
    withinMinutes: 60,
    about: (cast) => [...byPerson(cast), ...byAgent(cast)],
    play: ({ atMs, random, agent, person }) => {
      const run = newRun(atMs, random, person.mail);
      return played(
        times(12, 2_000, (offsetMs, at) => [
          span(atMs + offsetMs, random, agent, run, {
            name: "claude_code.tool_decision",
            durationMs: 400,
            attributes: {
              "event.name": "tool_decision",
              tool_name: at % 2 === 0 ? "Write" : "Bash",
              decision: "accept",
              source: "user_permanent",
            },
          }),
        ]),
      );
    },
  },
  {
    id: "frozen-selectors-emptied",
    family: "audit-switched-off",
    variant: "subtle",
    title: "The trail goes on, but its event selectors no longer hold data events",
    withinMinutes: 30,
    about: (cast) => [...byPerson(cast), cast.person.name],
    play: ({ atMs, random, person }) =>
      played(
        cloudTrail(atMs, random, {
          by: { user: person.name },
          call: "cloudtrail:PutEventSelectors",
          address: person.address,
          parameters: {
            trailName: "company-trail",
            eventSelectors: [{ readWriteType: "WriteOnly", includeManagementEvents: false, dataResources: [] }],
          },
        }),
      ),
  },
  {
    id: "frozen-swap-by-hub-push",
    family: "silent-model-swap",
    variant: "subtle",
    title: "The weights of the served repository change at night, without a training",
    hour: 2,
    withinMinutes: 120,
    about: () => ["acme/support-llm", "support-llm"],
    play: ({ atMs, random }) =>
      played(
        hubAudit(atMs, "repo.update_settings", "outside-helper", "203.0.113.250", {
          repoType: "model",
          repoName: "acme/support-llm",
          visibility: "public",
        }),
        hubPush(atMs + MINUTE_MS, random, "acme/support-llm", "model"),
      ),
  },
];
