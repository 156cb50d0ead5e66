import { agentRun, newRun } from "../ordinary/agents.ts";
import { gatewayOf } from "../ordinary/office.ts";
import { kubernetesAudit, tetragonExec } from "../payloads/cluster.ts";
import { exchange } from "../payloads/gateway.ts";
import { oktaSignIn } from "../payloads/identity.ts";
import { hubDownload, mlflowCall } from "../payloads/registry.ts";
import { cloudTrail } from "../payloads/cloud.ts";
import { postgres, qdrant } from "../payloads/stores.ts";
import { toolSpan } from "../payloads/agent.ts";
import type { Episode } from "./scenario.ts";
import { HOUR_MS, MINUTE_MS, played, times } from "./steps.ts";

/** What looks like an attack and is somebody's ordinary work. */
export const EPISODES: readonly Episode[] = [
  {
    id: "benign-load-test",
    title: "The platform team load-tests a route with a key made for it, announced, at noon",
    play: ({ atMs, random, person }) =>
      played(
        times(600, 1_500, (offsetMs, at) =>
          exchange(atMs + offsetMs, random, {
            principal: "key:load-test",
            key: "load-test",
            address: person.address,
            route: "staging",
            model: "gpt-4o-mini",
            prompt: `Load test ${String(at)}: say ok.`,
            outputTokens: 2,
            inputTokens: 12,
          }),
        ),
      ),
  },
  {
    id: "benign-on-call-in-pod",
    title: "The engineer on call looks into a pod that fails",
    play: ({ atMs, random, agent, company, person }) => {
      const engineer = company.people.find(({ team }) => team === "platform") ?? person;
      return played(
        kubernetesAudit(atMs, random, {
          user: engineer.mail,
          verb: "create",
          resource: "pods",
          subresource: "exec",
          namespace: "agents",
          name: agent.name,
          address: engineer.address,
          code: 101,
          command: ["sh"],
        }),
        tetragonExec(atMs + 500, random, agent, { binary: "/bin/sh", parent: "/usr/bin/containerd-shim-runc-v2" }),
        ["/usr/bin/ps", "/usr/bin/df", "/usr/bin/tail"].map((binary, at) =>
          tetragonExec(atMs + (at + 1) * 20_000, random, agent, { binary, parent: "/bin/sh" }),
        ),
      );
    },
  },
  {
    id: "benign-new-tool",
    title: "A release gives an agent a new tool, and it uses it from then on",
    historyDays: 8,
    play: ({ atMs, random, agent }) =>
      played(
        kubernetesAudit(atMs, random, {
          user: "system:serviceaccount:ci:deployer",
          verb: "patch",
          resource: "deployments",
          group: "apps",
          namespace: "agents",
          name: agent.name,
          address: "10.50.0.9",
          userAgent: "helm/3.17",
        }),
        times(20, 10 * MINUTE_MS, (offsetMs) =>
          agentRun(atMs + MINUTE_MS + offsetMs, random, agent, newRun(atMs + offsetMs, random), {
            tools: ["send_summary"],
          }),
        ),
      ),
  },
  ...[0, 1, 2].map((at): Episode => ({
    id: `benign-trip-${String(at)}`,
    title: "A person travels and works from a hotel abroad for two days",
    historyDays: 8,
    play: ({ atMs, random, person, stranger }) =>
      played(
        [0, 4, 24, 28].map((hours) =>
          oktaSignIn(atMs + hours * HOUR_MS, random, {
            mail: person.mail,
            address: stranger,
            country: "FR",
            countryName: "France",
            ok: true,
          }),
        ),
        times(8, 50 * MINUTE_MS, (offsetMs) =>
          exchange(atMs + MINUTE_MS + offsetMs, random, {
            ...gatewayOf({ mail: person.mail, address: stranger }),
            key: "key-chat",
            model: "gpt-4o",
            prompt: "Draft a note about the meeting in Paris.",
          }),
        ),
      ),
  })),
  {
    id: "benign-re-index",
    title: "The indexer rebuilds a collection after a change of the embedding model",
    historyDays: 5,
    play: ({ atMs, random }) =>
      played(
        times(400, 10_000, (offsetMs) => [
          qdrant(atMs + offsetMs, {
            method: "PUT",
            path: "/collections/documents/points?wait=true",
            address: "10.50.0.30",
            bytes: 90,
            userAgent: "indexer/2.1",
          }),
        ]),
        times(40, 100_000, (offsetMs) => [
          postgres(atMs + offsetMs, random, {
            user: "indexer",
            address: "10.50.0.30",
            class: "READ",
            command: "SELECT",
            object: "public.chunks",
            text: "SELECT id, content FROM chunks WHERE id > $1 ORDER BY id LIMIT 1000",
            rows: 1_000,
          }),
        ]),
      ),
  },
  {
    id: "benign-forgotten-password",
    title: "Somebody back from a holiday has forgotten the password",
    play: ({ atMs, random, person }) =>
      played(
        times(5, 25_000, (offsetMs, at) => [
          oktaSignIn(atMs + offsetMs, random, {
            mail: person.mail,
            address: person.address,
            country: person.office.country,
            countryName: person.office.countryName,
            ok: at === 4,
          }),
        ]),
      ),
  },
  {
    id: "benign-red-team-question",
    title: "A colleague of the security team shows one jailbreak in a training, and one more after a question",
    play: ({ atMs, random, person }) =>
      played(
        times(2, 8 * MINUTE_MS, (offsetMs) =>
          exchange(atMs + offsetMs, random, {
            ...gatewayOf(person),
            key: "key-chat",
            model: "gpt-4o",
            prompt: "An example for the training.",
            found: [{ category: "jailbreak", type: "role-play", confidence: 0.8, severity: "high", action: "block" }],
          }),
        ),
      ),
  },
  {
    id: "benign-quarter-end",
    title: "At the end of the quarter the finance team asks three times as much as usual",
    historyDays: 8,
    play: ({ atMs, random, company }) =>
      played(
        company.people
          .filter(({ team }) => team === "finance")
          .flatMap((person) =>
            times(14, 25 * MINUTE_MS, (offsetMs) =>
              exchange(atMs + offsetMs + random.next() * 15 * MINUTE_MS, random, {
                ...gatewayOf(person),
                key: "key-chat",
                model: "gpt-4o",
                prompt: "Check this closing entry.",
              }),
            ),
          ),
      ),
  },
  {
    id: "benign-new-scientist",
    title: "A new colleague registers a first experiment and loads a known model",
    historyDays: 4,
    play: ({ atMs, random, person }) =>
      played(
        mlflowCall(atMs, {
          method: "POST",
          path: "registered-models/create",
          user: person.name,
          address: person.address,
          body: { name: `trial-${person.name}` },
        }),
        hubDownload(atMs + MINUTE_MS, {
          repo: "acme/support-llm",
          file: "model-00001.safetensors",
          user: person.name,
          address: person.address,
          bytes: 5e9,
        }),
        cloudTrail(atMs + 2 * MINUTE_MS, random, {
          by: { role: "AWSReservedSSO_DataScientist_0123456789abcdef", session: person.mail },
          call: "sagemaker:CreateTrainingJob",
          address: person.address,
          parameters: { trainingJobName: "trial" },
        }),
      ),
  },
  {
    id: "benign-flaky-tool",
    title: "A tool's server is down, and an agent tries again and again",
    play: ({ atMs, random, agent }) =>
      played(
        times(40, 20_000, (offsetMs) => {
          const run = newRun(atMs + offsetMs, random);
          return [
            toolSpan(atMs + offsetMs, random, agent, run, {
              tool: agent.tools[0] ?? "glossary",
              error: "connection_refused",
            }),
          ];
        }),
      ),
  },
];
