import type { Severity } from "@parapet/model";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { sigmaFields } from "../linux-fields.ts";
import { at, firstText, numberOf, textAt, textOf, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";
import { workloadOf } from "../workload.ts";

const KINDS: Readonly<Record<string, string>> = {
  Process: "process.exec",
  File: "file.open",
  Network: "network.connect",
  Syscall: "process.syscall",
  Capabilities: "process.capability",
};
const PAIR = /\b([a-zA-Z_]{1,32})=(\S{1,256})/g;

const decode = (record: Fields, receivedAt: string): Decoded => {
  const operation = textAt(record, "Operation");
  if (operation === undefined) return notOf("KubeArmor", "Operation");
  const namespace = textAt(record, "NamespaceName");
  const pod = textAt(record, "PodName");
  const host = textAt(record, "HostName");
  const resource = textAt(record, "Resource");
  const pairs = pairsOf(`${resource ?? ""} ${textAt(record, "Data") ?? ""}`);
  const source = textAt(record, "Source");
  const isProcess = operation === "Process";
  const image = textAt(record, "ProcessName") ?? (isProcess ? resource : source)?.split(" ", 1)[0];
  const commandLine = isProcess ? resource : source;
  const file = operation === "File" ? resource?.split(" ", 1)[0] : undefined;
  const owner = firstText(at(record, "Owner", "Name"));
  const address = operation === "Network" ? firstText(pairs.get("remoteip"), pairs.get("daddr")) : undefined;
  // `domain` is also the family of addresses (AF_INET).
  const hostname = [pairs.get("domainname"), pairs.get("domain")].find((one) => one?.includes(".") === true);
  const policy = textAt(record, "PolicyName");
  return decodedOf(
    {
      time: timeOf(record["UpdatedTime"]) ?? timeOf(record["Timestamp"]) ?? receivedAt,
      kind: Object.hasOwn(KINDS, operation) ? (KINDS[operation] ?? "runtime.event") : "runtime.event",
      severity: policy === undefined ? undefined : severityOf(numberOf(record["Severity"])),
      asset: namespace !== undefined && pod !== undefined ? `pod:${namespace}/${pod}` : host && `host:${host}`,
      known: {
        namespace,
        pod,
        workload: workloadOf({ namespace, owner, pod }),
        container: firstText(record["ContainerName"], record["ContainerID"]),
        process: image,
        commandLine,
        file,
        host: hostname ?? address,
        outcome: outcomeOf(textAt(record, "Result")),
        action: textAt(record, "Action"),
      },
      extra: sigmaFields({
        image,
        commandLine,
        parentImage: textAt(record, "ParentProcessName"),
        parentCommandLine: isProcess ? source : undefined,
        user: textOf(record["UID"]),
        directory: textAt(record, "Cwd"),
        processId: numberOf(record["PID"]),
        address,
        port: numberOf(pairs.get("port")),
        hostname,
        opened: address === undefined ? undefined : /connect/i.test(textAt(record, "Data") ?? ""),
        file,
      }),
    },
    record,
  );
};

/** `remoteip=10.0.0.7 port=443 protocol=TCP`. */
const pairsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(Array.from(text.matchAll(PAIR), ([, name = "", value = ""]) => [name, value] as const));

const outcomeOf = (result: string | undefined): "success" | "failure" | undefined =>
  result === undefined ? undefined : result === "Passed" ? "success" : "failure";

/** Policies say 1 to 10. */
const severityOf = (level: number | undefined): Severity => {
  if (level === undefined || level >= 9) return level === undefined ? "low" : "critical";
  if (level >= 7) return "high";
  if (level >= 5) return "medium";
  return level >= 3 ? "low" : "informational";
};

export const kubearmor = jsonSource({
  id: "kubearmor",
  title: "KubeArmor",
  description:
    "What KubeArmor sees and stops in containers and hosts, as its relay or log agent gives it out. A matched policy gives the severity.",
  setup: [
    "Let the relay print JSON and ship it:",
    "```sh",
    "kubectl -n kubearmor set env deploy/kubearmor-relay ENABLE_STDOUT_LOGS=true ENABLE_STDOUT_ALERTS=true",
    "```",
    "or run `karmor logs --json` and send its lines to `/ingest/kubearmor`. Turn visibility on for process, file and network where you want more than alerts.",
  ].join("\n"),
  reference: "https://docs.kubearmor.io/kubearmor/documentation/kubearmor-events",
  bindings: [
    { logsource: { product: "linux", category: "process_creation" }, source: "kubearmor", kinds: ["process.exec"] },
    {
      logsource: { product: "linux", category: "network_connection" },
      source: "kubearmor",
      kinds: ["network.connect"],
    },
    { logsource: { product: "linux", category: "file_event" }, source: "kubearmor", kinds: ["file.open"] },
    { logsource: { product: "kubearmor" }, source: "kubearmor" },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
