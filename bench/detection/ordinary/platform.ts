import { DAY_MS, HOUR_MS, START_MS, workload, type Company, type Person } from "../company/company.ts";
import { randomOf, type Random } from "../company/random.ts";
import { cloudTrail, s3Line } from "../payloads/cloud.ts";
import { falco, kubeArmor, kubernetesAudit, tetragonExec } from "../payloads/cluster.ts";
import { entraAudit } from "../payloads/identity.ts";
import { tetragonFile } from "../payloads/cluster.ts";
import type { Signal } from "../payloads/signal.ts";

const CONTROLLERS = ["deployment-controller", "replicaset-controller", "endpoint-controller"];
export const DEPLOYER = "system:serviceaccount:ci:deployer";
const CI_ADDRESS = "10.50.0.9";

/** Somebody of the platform or data team who is at work. */
const atWork = (company: Company, random: Random, team: string, atMs: number): Person | undefined => {
  const awake = company.people.filter((one) => one.team === team && workload(one.office, atMs) > 0.2);
  return awake.length === 0 ? undefined : random.pick(awake);
};

const clusterHour = (company: Company, random: Random, hourMs: number): Signal[] => {
  const signals: Signal[] = [];
  const at = (): number => hourMs + random.next() * HOUR_MS;
  for (let one = random.count(20); one > 0; one -= 1)
    signals.push(
      kubernetesAudit(at(), random, {
        user: `system:serviceaccount:kube-system:${random.pick(CONTROLLERS)}`,
        verb: random.pick(["get", "update", "list", "watch"]),
        resource: random.pick(["deployments", "replicasets", "endpoints"]),
        namespace: "agents",
        address: "10.0.0.4",
        userAgent: "kube-controller-manager/v1.33.0",
      }),
    );
  // Agents read their own configuration and secret when they start or look again.
  for (let one = random.count(3); one > 0; one -= 1) {
    const agent = random.pick(company.agents);
    signals.push(
      kubernetesAudit(at(), random, {
        user: `system:serviceaccount:agents:${agent.name}`,
        verb: "get",
        resource: random.pick(["configmaps", "secrets"]),
        namespace: "agents",
        name: `${agent.name}-config`,
        address: agent.address,
        userAgent: "kubernetes-client/python",
      }),
    );
  }
  const engineer = atWork(company, random, "platform", hourMs);
  if (engineer !== undefined)
    for (let one = random.count(6); one > 0; one -= 1)
      signals.push(
        kubernetesAudit(at(), random, {
          user: engineer.mail,
          verb: random.pick(["get", "list"]),
          resource: random.pick(["pods", "deployments", "events", "configmaps"]),
          namespace: random.pick(["agents", "models"]),
          address: engineer.address,
          ...(random.chance(0.03) && { code: 403 }),
        }),
      );
  return signals;
};

/** What sensors tell of a healthy cluster: health checks, and the alarms that everybody knows. */
const sensorHour = (company: Company, random: Random, hourMs: number): Signal[] => {
  const signals: Signal[] = [];
  const at = (): number => hourMs + random.next() * HOUR_MS;
  for (let one = random.count(10); one > 0; one -= 1)
    signals.push(
      tetragonExec(at(), random, random.pick(company.agents), {
        binary: "/usr/bin/curl",
        arguments: "-sf http://127.0.0.1:8080/healthz",
        parent: "/usr/bin/containerd-shim-runc-v2",
      }),
    );
  for (let one = random.count(4); one > 0; one -= 1)
    signals.push(
      tetragonFile(at(), random, random.pick(company.agents), {
        binary: "/usr/local/bin/python",
        arguments: "app.py",
        path: random.pick(["/app/config.yaml", "/etc/ssl/certs/ca-certificates.crt", "/app/prompts/system.txt"]),
      }),
    );
  if (random.chance(0.12))
    signals.push(
      falco(at(), random, {
        rule: "Contact K8S API Server From Container",
        priority: "Notice",
        agent: random.pick(company.agents),
        command: "python app.py",
        tags: ["network", "k8s", "container"],
        address: "10.0.0.1",
        type: "connect",
      }),
    );
  if (random.chance(0.05))
    signals.push(
      falco(at(), random, {
        rule: "Read sensitive file untrusted",
        priority: "Warning",
        command: "node_exporter",
        file: "/etc/shadow",
        type: "openat",
        parent: "systemd",
        tags: ["filesystem"],
      }),
    );
  if (random.chance(0.1))
    signals.push(
      kubeArmor(at(), random.pick(company.agents), {
        policy: "audit-tmp-writes",
        operation: "File",
        resource: "/tmp/cache/index.tmp",
        process: "/usr/local/bin/python",
        action: "Audit",
        severity: "2",
      }),
    );
  return signals;
};

const cloudHour = (company: Company, random: Random, hourMs: number): Signal[] => {
  const signals: Signal[] = [];
  const at = (): number => hourMs + random.next() * HOUR_MS;
  for (let one = random.count(8); one > 0; one -= 1)
    signals.push(
      cloudTrail(at(), random, {
        by: { role: "eks-node", session: "i-0aa1" },
        call: random.pick([
          "sts:GetCallerIdentity",
          "ec2:DescribeInstances",
          "ecr:GetAuthorizationToken",
          "ecr:BatchGetImage",
        ]),
        address: "10.0.0.12",
      }),
    );
  for (let one = random.count(2); one > 0; one -= 1) {
    const agent = random.pick(company.agents);
    signals.push(
      cloudTrail(at(), random, {
        by: { role: `agent-${agent.name}`, session: "i-0abc" },
        call: "s3:GetObject",
        address: agent.address,
        parameters: { bucketName: "agent-files", key: `${agent.name}/templates.json` },
        bytesOut: 20_000,
      }),
    );
  }
  const scientist = atWork(company, random, "data", hourMs);
  if (scientist !== undefined) {
    for (let one = random.count(4); one > 0; one -= 1)
      signals.push(
        cloudTrail(at(), random, {
          by: { role: "AWSReservedSSO_DataScientist_0123456789abcdef", session: scientist.mail },
          call: random.pick([
            "sagemaker:DescribeTrainingJob",
            "sagemaker:ListEndpoints",
            "s3:GetObject",
            "s3:ListObjects",
          ]),
          address: scientist.address,
          userAgent: "aws-cli/2.28",
          parameters: { bucketName: "training-data", key: `tickets/2026/part-${String(random.whole(40))}.parquet` },
          ...(random.chance(0.02) && { error: "AccessDenied" }),
        }),
      );
    if (random.chance(0.5))
      signals.push(
        s3Line(at(), random, {
          bucket: "training-data",
          operation: "REST.GET.OBJECT",
          key: `tickets/2026/part-${String(random.whole(40))}.parquet`,
          by: `arn:aws:sts::123456789012:assumed-role/train/job-${String(random.whole(9))}`,
          address: "10.0.5.7",
          bytes: 5_000_000,
        }),
      );
  }
  return signals;
};

/** The pipeline rolls a new version out: image, deployment, pods. */
const releases = (company: Company, random: Random, day: number): Signal[] =>
  company.agents
    .filter((agent) => agent.releases.includes(day))
    .flatMap((agent) => {
      const atMs = START_MS + day * DAY_MS + 9 * HOUR_MS + random.next() * 4 * HOUR_MS;
      return [
        cloudTrail(atMs, random, {
          by: { role: "ci-deployer", session: "pipeline" },
          call: "ecr:PutImage",
          address: CI_ADDRESS,
          parameters: { repositoryName: agent.name, imageTag: `1.${String(day)}` },
        }),
        kubernetesAudit(atMs + 60_000, random, {
          user: DEPLOYER,
          verb: "patch",
          resource: "deployments",
          group: "apps",
          namespace: "agents",
          name: agent.name,
          address: CI_ADDRESS,
          userAgent: "helm/3.17",
          object: {
            spec: {
              template: {
                spec: { containers: [{ name: "app", image: `registry.example.com/${agent.name}:1.${String(day)}` }] },
              },
            },
          },
        }),
        tetragonExec(atMs + 120_000, random, agent, {
          binary: "/usr/local/bin/python",
          arguments: "app.py",
          parent: "/usr/bin/containerd-shim-runc-v2",
        }),
      ];
    });

/** People join and change teams; an administrator gives them what they need. */
const directory = (company: Company, random: Random, day: number): Signal[] => {
  const atMs = START_MS + day * DAY_MS + random.between(8, 15) * HOUR_MS;
  const admin = atWork(company, random, "security", atMs);
  if (admin === undefined || !random.chance(0.5)) return [];
  return [
    entraAudit(atMs, random, {
      activity: "Add member to group",
      category: "GroupManagement",
      by: admin.mail,
      address: admin.address,
      target: random.pick(company.people).mail,
      targetType: "User",
    }),
  ];
};

export const platformDay = (company: Company, day: number): Signal[] => {
  const random = randomOf(`${company.seed} platform ${String(day)}`);
  const signals: Signal[] = [...releases(company, random, day), ...directory(company, random, day)];
  for (let hour = 0; hour < 24; hour += 1) {
    const hourMs = START_MS + day * DAY_MS + hour * HOUR_MS;
    signals.push(
      ...clusterHour(company, random, hourMs),
      ...sensorHour(company, random, hourMs),
      ...cloudHour(company, random, hourMs),
    );
  }
  return signals;
};
