import type { Severity } from "@parapet/model";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { sigmaFields } from "../linux-fields.ts";
import { at, fieldsOf, firstText, isFields, listOf, numberAt, textAt, textOf, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";
import { workloadOf } from "../workload.ts";

const SHAPES = [
  "process_exec",
  "process_exit",
  "process_kprobe",
  "process_tracepoint",
  "process_uprobe",
  "process_lsm",
  "process_loader",
] as const;

/** Arguments of kprobes, by what they hold. */
interface Arguments {
  readonly file?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly isSocket: boolean;
}

const CLOSING = /close|shutdown/;
const WRITING = /write|truncate|unlink|rename|chmod|chown|mkdir|rmdir/;

const decode = (record: Fields, receivedAt: string): Decoded => {
  if (record["process_throttle"] !== undefined)
    return { kind: "skipped", reason: "process_throttle: Tetragon tells that it sends fewer events of a container" };
  const shape = SHAPES.find((name) => isFields(record[name]));
  if (shape === undefined) return notOf("Tetragon", "process_exec, process_kprobe or other event of a process");
  const event = fieldsOf(record[shape]);
  const process = fieldsOf(event["process"]);
  const parent = fieldsOf(event["parent"]);
  const pod = process["pod"];
  const namespace = textAt(pod, "namespace");
  const name = textAt(pod, "name");
  const owner = textAt(pod, "workload");
  const node = textAt(record, "node_name");
  const args = argumentsOf(event);
  const image = textOf(process["binary"]);
  const id = textOf(process["exec_id"]);
  const action = textOf(event["action"])?.replace(/^KPROBE_ACTION_/, "");
  return decodedOf(
    {
      time: timeOf(record["time"]) ?? receivedAt,
      kind: kindOfEvent(shape, event, args),
      severity: severityOf(action, textOf(event["policy_name"])),
      asset: namespace !== undefined && name !== undefined ? `pod:${namespace}/${name}` : node && `host:${node}`,
      key: id !== undefined && (shape === "process_exec" || shape === "process_exit") ? `${shape}:${id}` : undefined,
      known: {
        namespace,
        pod: name,
        workload: workloadOf({ namespace, owner, pod: name }),
        container: firstText(at(pod, "container", "name"), at(pod, "container", "id")),
        process: image,
        commandLine: commandOf(process),
        file: args.file,
        host: args.address,
        action,
      },
      extra: sigmaFields({
        image,
        commandLine: commandOf(process),
        parentImage: textOf(parent["binary"]),
        parentCommandLine: commandOf(parent),
        user: firstText(at(process, "user", "name"), process["uid"]),
        directory: textOf(process["cwd"]),
        processId: numberAt(process, "pid"),
        address: args.address,
        port: args.port,
        opened: args.address === undefined ? undefined : true,
        file: args.file,
      }),
    },
    record,
  );
};

const commandOf = (process: Fields): string | undefined => {
  const binary = textOf(process["binary"]);
  const rest = textOf(process["arguments"]);
  return binary === undefined || rest === undefined ? binary : `${binary} ${rest}`;
};

const argumentsOf = (event: Fields): Arguments => {
  const list = listOf(event["args"]).slice(0, 16);
  const socket = list.map((one) => at(one, "sock_arg") ?? at(one, "skb_arg") ?? at(one, "sockaddr_arg")).find(isFields);
  const file = firstText(
    ...list.flatMap((one) => [
      at(one, "file_arg", "path"),
      at(one, "path_arg", "path"),
      at(one, "linux_binprm_arg", "path"),
    ]),
  );
  return {
    file: file ?? textAt(event, "path"),
    address: firstText(at(socket, "daddr"), at(socket, "addr")),
    port: numberAt(socket, "dport") ?? numberAt(socket, "port"),
    isSocket: socket !== undefined,
  };
};

const kindOfEvent = (shape: (typeof SHAPES)[number], event: Fields, args: Arguments): string => {
  if (shape === "process_exec") return "process.exec";
  if (shape === "process_exit") return "process.exit";
  if (shape === "process_loader") return "library.load";
  const call = firstText(event["function_name"], event["event"], event["symbol"]) ?? "";
  if (args.isSocket || call.startsWith("tcp_")) return CLOSING.test(call) ? "network.close" : "network.connect";
  if (args.file !== undefined) return WRITING.test(call) ? "file.write" : "file.open";
  return "process.syscall";
};

/** What a policy stopped is worth more than what it told of. */
const severityOf = (action: string | undefined, policy: string | undefined): Severity => {
  if (action === "SIGKILL" || action === "OVERRIDE" || action === "SIGNAL") return "medium";
  return policy === undefined ? "informational" : "low";
};

export const tetragon = jsonSource({
  id: "tetragon",
  title: "Tetragon",
  description:
    "Processes, connections and files that Tetragon sees in the kernel, with pod and workload; Sigma's field names for Linux stand beside its own.",
  setup: [
    "Tetragon writes JSON lines to `/var/run/cilium/tetragon/tetragon.log`: follow the file (transport `file`), or ship it with your log collector to `/ingest/tetragon`. Policies for connections and files:",
    "```sh",
    "helm upgrade tetragon cilium/tetragon -n kube-system --set tetragon.exportFilename=tetragon.log",
    "kubectl apply -f https://raw.githubusercontent.com/cilium/tetragon/main/examples/quickstart/network_egress_cluster.yaml",
    "```",
  ].join("\n"),
  reference: "https://tetragon.io/docs/concepts/events/",
  bindings: [
    { logsource: { product: "linux", category: "process_creation" }, source: "tetragon", kinds: ["process.exec"] },
    { logsource: { product: "linux", category: "network_connection" }, source: "tetragon", kinds: ["network.connect"] },
    { logsource: { product: "linux", category: "file_event" }, source: "tetragon", kinds: ["file.open", "file.write"] },
    { logsource: { product: "tetragon" }, source: "tetragon" },
  ],
  lists: [],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
