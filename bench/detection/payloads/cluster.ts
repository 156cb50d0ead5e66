import { podOf, versionOf, type Agent } from "../company/company.ts";
import type { Random } from "../company/random.ts";
import { iso, type Signal } from "./signal.ts";

export const kubernetesAudit = (
  atMs: number,
  random: Random,
  call: {
    readonly user: string;
    readonly verb: string;
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
    readonly group?: string;
    readonly address: string;
    readonly userAgent?: string;
    readonly code?: number;
    readonly command?: readonly string[];
    readonly object?: unknown;
  },
): Signal => {
  const { namespace, name, subresource } = call;
  const query =
    call.command === undefined ? "" : `?${call.command.map((word) => `command=${encodeURIComponent(word)}`).join("&")}`;
  const path = [
    call.group === undefined ? "/api/v1" : `/apis/${call.group}/v1`,
    ...(namespace === undefined ? [] : ["namespaces", namespace]),
    call.resource,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ].join("/");
  return {
    source: "kubernetes-audit",
    atMs,
    record: {
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: call.object === undefined ? "Metadata" : "RequestResponse",
      auditID: random.uuid(),
      stage: "ResponseComplete",
      requestURI: `${path}${query}`,
      verb: call.verb,
      user: {
        username: call.user,
        groups: call.user.startsWith("system:serviceaccount") ? ["system:serviceaccounts"] : ["engineers"],
      },
      sourceIPs: [call.address],
      userAgent: call.userAgent ?? "kubectl/v1.33.0",
      objectRef: {
        resource: call.resource,
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
        ...(subresource !== undefined && { subresource }),
        ...(call.group !== undefined && { apiGroup: call.group }),
        apiVersion: "v1",
      },
      responseStatus: { metadata: {}, code: call.code ?? 200 },
      ...(call.object !== undefined && { requestObject: call.object }),
      requestReceivedTimestamp: iso(atMs),
      stageTimestamp: iso(atMs + 8),
      annotations: { "authorization.k8s.io/decision": (call.code ?? 200) === 403 ? "forbid" : "allow" },
    },
  };
};

const podFields = (agent: Agent, atMs: number) => ({
  namespace: "agents",
  name: podOf(agent, atMs),
  container: {
    id: `containerd://${agent.name}`,
    name: "app",
    image: { name: `registry.example.com/${agent.name}:${versionOf(agent, atMs)}` },
  },
  pod_labels: { app: agent.name },
  workload: agent.name,
  workload_kind: "Deployment",
});

export interface Process {
  readonly binary: string;
  readonly arguments?: string;
  readonly parent?: string;
  readonly uid?: number;
}

const processOf = (
  agent: Agent,
  atMs: number,
  random: Random,
  { binary, arguments: words = "", uid = 1000 }: Process,
) => ({
  exec_id: random.hex(24),
  pid: 1_000 + random.whole(30_000),
  uid,
  cwd: "/app",
  binary,
  arguments: words,
  flags: "execve clone",
  start_time: iso(atMs),
  pod: podFields(agent, atMs),
});
const parentOf = (random: Random, parent = "/usr/local/bin/python") => ({
  exec_id: random.hex(24),
  pid: 4_700,
  uid: 1000,
  binary: parent,
  arguments: "app.py",
});

export const tetragonExec = (atMs: number, random: Random, agent: Agent, process: Process): Signal => ({
  source: "tetragon",
  atMs,
  record: {
    process_exec: {
      process: processOf(agent, atMs, random, process),
      parent: parentOf(random, process.parent),
    },
    node_name: "node-3",
    time: iso(atMs),
    cluster_name: "prod",
  },
});

export const tetragonConnect = (
  atMs: number,
  random: Random,
  agent: Agent,
  to: Process & { readonly address: string; readonly port?: number },
): Signal => ({
  source: "tetragon",
  atMs,
  record: {
    process_kprobe: {
      process: processOf(agent, atMs, random, to),
      parent: parentOf(random, to.parent),
      function_name: "tcp_connect",
      args: [
        {
          sock_arg: {
            family: "AF_INET",
            type: "SOCK_STREAM",
            protocol: "IPPROTO_TCP",
            saddr: agent.address,
            daddr: to.address,
            sport: 40_000 + random.whole(20_000),
            dport: to.port ?? 443,
          },
        },
      ],
      action: "KPROBE_ACTION_POST",
      policy_name: "monitor-egress",
    },
    node_name: "node-3",
    time: iso(atMs),
  },
});

export const tetragonFile = (
  atMs: number,
  random: Random,
  agent: Agent,
  file: Process & { readonly path: string },
): Signal => ({
  source: "tetragon",
  atMs,
  record: {
    process_kprobe: {
      process: processOf(agent, atMs, random, file),
      parent: parentOf(random, file.parent),
      function_name: "security_file_permission",
      args: [{ file_arg: { path: file.path, permission: "-rw-r--r--" } }, { int_arg: 4 }],
      action: "KPROBE_ACTION_POST",
      policy_name: "monitor-files",
    },
    node_name: "node-3",
    time: iso(atMs),
  },
});

export const falco = (
  atMs: number,
  random: Random,
  alert: {
    readonly rule: string;
    readonly priority: string;
    readonly agent?: Agent;
    readonly command: string;
    readonly parent?: string;
    readonly tags?: readonly string[];
    readonly address?: string;
    readonly file?: string;
    readonly type?: string;
  },
): Signal => {
  const [program = "sh"] = alert.command.split(" ");
  return {
    source: "falco",
    atMs,
    record: {
      uuid: random.uuid(),
      hostname: "node-3",
      output: `${alert.priority} ${alert.rule} (command=${alert.command})`,
      priority: alert.priority,
      rule: alert.rule,
      source: "syscall",
      tags: alert.tags ?? ["container"],
      time: iso(atMs),
      output_fields: {
        "evt.type": alert.type ?? "execve",
        ...(alert.agent !== undefined && {
          "container.name": "app",
          "container.image.repository": `registry.example.com/${alert.agent.name}`,
          "k8s.ns.name": "agents",
          "k8s.pod.name": podOf(alert.agent, atMs),
        }),
        "proc.cmdline": alert.command,
        "proc.name": program.split("/").at(-1),
        "proc.exepath": program.startsWith("/") ? program : `/usr/bin/${program}`,
        "proc.pname": alert.parent ?? "python",
        "proc.pcmdline": `${alert.parent ?? "python"} app.py`,
        "proc.pid": 4_000 + random.whole(9_000),
        "user.name": "app",
        ...(alert.address !== undefined && { "fd.rip": alert.address, "fd.rport": 443, "fd.l4proto": "tcp" }),
        ...(alert.file !== undefined && { "fd.name": alert.file }),
      },
    },
  };
};

export const kubeArmor = (
  atMs: number,
  agent: Agent,
  alert: {
    readonly policy: string;
    readonly operation: "Process" | "File" | "Network";
    readonly resource: string;
    readonly process: string;
    readonly action: "Block" | "Audit";
    readonly severity?: string;
  },
): Signal => ({
  source: "kubearmor",
  atMs,
  record: {
    Timestamp: Math.floor(atMs / 1_000),
    UpdatedTime: iso(atMs),
    ClusterName: "prod",
    HostName: "node-3",
    NamespaceName: "agents",
    Owner: { Ref: "Deployment", Name: agent.name, Namespace: "agents" },
    PodName: podOf(agent, atMs),
    Labels: `app=${agent.name}`,
    ContainerName: "app",
    ContainerImage: `registry.example.com/${agent.name}:${versionOf(agent, atMs)}`,
    HostPPID: 4_700,
    HostPID: 4_711,
    PPID: 17,
    PID: 23,
    UID: 1000,
    ParentProcessName: "/usr/local/bin/python",
    ProcessName: alert.process,
    Enforcer: "BPFLSM",
    PolicyName: alert.policy,
    Severity: alert.severity ?? "5",
    Type: "MatchedPolicy",
    Source: "/usr/local/bin/python app.py",
    Operation: alert.operation,
    Resource: alert.resource,
    Data: alert.operation === "Network" ? "kprobe=tcp_connect domain=AF_INET" : "lsm=SECURITY_BPRM_CHECK",
    Action: alert.action,
    Result: alert.action === "Block" ? "Permission denied" : "Passed",
  },
});
