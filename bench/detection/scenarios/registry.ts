import { s3Line } from "../payloads/cloud.ts";
import { mlflowCall, mlflowHook } from "../payloads/registry.ts";
import { span } from "../payloads/agent.ts";
import { newRun } from "../ordinary/agents.ts";
import type { Scenario } from "./scenario.ts";
import { byAgent, byPerson, MINUTE_MS, played, times } from "./steps.ts";

/** Registries, approvals, and models that are exchanged. */
export const REGISTRY_SCENARIOS: readonly Scenario[] = [
  {
    id: "registry-dashboard-writes",
    family: "registry-write-by-reader",
    variant: "loud",
    title: "The dashboard's account registers five versions and moves the champion",
    historyDays: 5,
    withinMinutes: 60,
    about: () => ["user:dashboard", "dashboard"],
    play: ({ atMs, random }) =>
      played(
        times(5, 30_000, (offsetMs, at) => [
          mlflowCall(atMs + offsetMs, {
            method: "POST",
            path: "model-versions/create",
            user: "dashboard",
            address: "10.0.4.9",
            body: { name: "fraud", source: `s3://models/x${String(at)}` },
          }),
          mlflowHook(atMs + offsetMs + 300, "model_version", "created", {
            name: "fraud",
            version: String(30 + at),
            source: "s3://models/x",
            run_id: random.hex(16),
            tags: {},
          }),
        ]),
        mlflowCall(atMs + 200_000, {
          method: "POST",
          path: "registered-models/alias",
          user: "dashboard",
          address: "10.0.4.9",
          body: { name: "fraud", alias: "champion", version: "34" },
        }),
      ),
  },
  {
    id: "registry-scorer-one-artifact",
    family: "registry-write-by-reader",
    variant: "subtle",
    title: "The batch scorer, which only reads, replaces one artifact",
    historyDays: 7,
    withinMinutes: 60,
    about: () => ["user:batch-scorer", "batch-scorer"],
    play: ({ atMs }) =>
      played(
        mlflowCall(atMs, {
          method: "PUT",
          path: "/api/2.0/mlflow-artifacts/artifacts/1/abcd/artifacts/model/model.pkl",
          user: "batch-scorer",
          address: "10.0.4.9",
          bytes: 40_000_000,
        }),
      ),
  },
  {
    id: "approve-everything-at-once",
    family: "approval-abuse",
    variant: "loud",
    title: "Thirty dangerous tool calls of a coding agent are approved, each within a second",
    withinMinutes: 30,
    about: (cast) => [...byPerson(cast), ...byAgent(cast)],
    play: ({ atMs, random, agent, person }) => {
      const run = newRun(atMs, random, person.mail);
      return played(
        times(30, 1_000, (offsetMs) => [
          span(atMs + offsetMs, random, agent, run, {
            name: "claude_code.tool_decision",
            durationMs: 300,
            attributes: {
              "event.name": "tool_decision",
              tool_name: "Bash",
              decision: "accept",
              source: "user_temporary",
            },
          }),
        ]),
      );
    },
  },
  {
    id: "approve-own-model",
    family: "approval-abuse",
    variant: "subtle",
    title: "The one who registered a version moves it to production a minute later",
    withinMinutes: 60,
    about: ({ person }) => [`user:${person.name}`, person.name, "credit"],
    play: ({ atMs, person }) =>
      played(
        mlflowCall(atMs, {
          method: "POST",
          path: "model-versions/create",
          user: person.name,
          address: person.address,
          body: { name: "credit", source: "s3://models/credit/new" },
        }),
        mlflowCall(atMs + MINUTE_MS, {
          method: "POST",
          path: "model-versions/transition-stage",
          user: person.name,
          address: person.address,
          body: { name: "credit", version: "9", stage: "Production" },
        }),
      ),
  },
  {
    id: "swap-weights-in-place",
    family: "silent-model-swap",
    variant: "loud",
    title: "A model's weights are overwritten in their bucket, by a person, without any registration",
    withinMinutes: 60,
    about: (cast) => [...byPerson(cast), cast.person.name, "models"],
    play: ({ atMs, random, person }) =>
      played(
        times(3, 20_000, (offsetMs, at) => [
          s3Line(atMs + offsetMs, random, {
            bucket: "models",
            operation: "REST.PUT.OBJECT",
            key: `credit/7/model-${String(at)}.safetensors`,
            by: `arn:aws:iam::123456789012:user/${person.name}`,
            address: person.address,
            bytes: 900_000_000,
            userAgent: "aws-cli/2.28",
          }),
        ]),
      ),
  },
  {
    id: "swap-alias-unevaluated",
    family: "silent-model-swap",
    variant: "subtle",
    title: "The champion alias moves to a version that no evaluation has seen",
    withinMinutes: 120,
    about: ({ person }) => [`user:${person.name}`, person.name, "credit"],
    play: ({ atMs, person }) =>
      played(
        mlflowCall(atMs, {
          method: "POST",
          path: "registered-models/alias",
          user: person.name,
          address: person.address,
          body: { name: "credit", alias: "champion", version: "3" },
        }),
        mlflowHook(atMs + 400, "model_version_alias", "created", { name: "credit", alias: "champion", version: "3" }),
      ),
  },
];
