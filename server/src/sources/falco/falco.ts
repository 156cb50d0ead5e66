import type { LogSourceBinding, Severity } from "@parapet/model";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { sigmaFields } from "../linux-fields.ts";
import { fieldsOf, firstText, numberOf, textAt, textOf, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";
import { workloadOf } from "../workload.ts";

const SEVERITIES: Readonly<Record<string, Severity>> = {
  emergency: "critical",
  alert: "critical",
  critical: "critical",
  error: "high",
  warning: "medium",
  notice: "low",
};

const decode = (record: Fields, receivedAt: string): Decoded => {
  const rule = textAt(record, "rule");
  const priority = textAt(record, "priority");
  if (rule === undefined || priority === undefined) return notOf("Falco", "rule and priority");
  const output = fieldsOf(record["output_fields"]);
  const text = (...names: readonly string[]): string | undefined => firstText(...names.map((name) => output[name]));
  const namespace = text("k8s.ns.name", "ka.target.namespace");
  const pod = text("k8s.pod.name", "ka.target.pod.name");
  const host = textOf(record["hostname"]);
  const descriptor = text("fd.name");
  const isFile = descriptor?.startsWith("/") === true;
  const image = text("proc.exepath", "proc.name");
  const commandLine = text("proc.cmdline");
  const address = text("fd.rip", "fd.sip");
  const file = text("fs.path.name") ?? (isFile ? descriptor : undefined);
  const hostname = text("fd.rip.name", "fd.sip.name");
  return decodedOf(
    {
      time: timeOf(record["time"]) ?? timeOf(output["evt.time"]) ?? receivedAt,
      kind: "runtime.rule",
      severity: Object.hasOwn(SEVERITIES, priority.toLowerCase()) ? SEVERITIES[priority.toLowerCase()] : undefined,
      principal: principalOf(text("ka.user.name")),
      asset: pod !== undefined && namespace !== undefined ? `pod:${namespace}/${pod}` : host && `host:${host}`,
      key: textAt(record, "uuid"),
      known: {
        namespace,
        pod,
        workload: workloadOf({ namespace, owner: text("k8s.deployment.name"), replicaSet: text("k8s.rs.name"), pod }),
        container: text("container.name", "container.id"),
        process: image,
        commandLine,
        file,
        host: hostname ?? address,
        action: text("evt.type", "ka.verb"),
      },
      extra: sigmaFields({
        image,
        commandLine,
        parentImage: text("proc.pexepath", "proc.pname"),
        parentCommandLine: text("proc.pcmdline"),
        user: text("user.name"),
        directory: text("proc.cwd"),
        processId: numberOf(output["proc.pid"]),
        address,
        port: numberOf(output["fd.rport"] ?? output["fd.sport"]),
        hostname,
        opened: address === undefined ? undefined : /^(?:connect|send)/.test(text("evt.type") ?? ""),
        file,
      }),
    },
    record,
  );
};

const principalOf = (name: string | undefined): string | undefined => {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):(.+)$/.exec(name ?? "") ?? [];
  if (namespace !== undefined) return `service:${namespace}/${account ?? ""}`;
  return name === undefined ? undefined : `user:${name}`;
};

const LINUX: readonly LogSourceBinding[] = ["process_creation", "network_connection", "file_event"].map((category) => ({
  logsource: { product: "linux", category },
  source: "falco",
}));

export const falco = jsonSource({
  id: "falco",
  title: "Falco",
  description:
    "Rules of Falco that fired, from its HTTP output or Falcosidekick. The priority becomes the severity; fields of the process, file, connection and pod are named as for the other sensors.",
  setup: [
    "In `falco.yaml`:",
    "```yaml",
    "json_output: true",
    "json_include_output_fields_property: true",
    "http_output:",
    "  enabled: true",
    "  url: http://parapet:4100/ingest/falco",
    "  custom_headers: { authorization: Bearer $PARAPET_SOURCE_KEY }",
    "```",
    "Only fields that a rule's output names arrive: keep `proc.exepath`, `proc.cmdline`, `k8s.ns.name` and `k8s.pod.name` in your rules.",
  ].join("\n"),
  reference: "https://falco.org/docs/concepts/outputs/formatting/",
  bindings: [{ logsource: { product: "falco" }, source: "falco" }, ...LINUX],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
