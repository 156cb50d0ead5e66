import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { at, listOf, numberAt, textAt, textsOf, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";
import { workloadOf } from "../workload.ts";

const WRITES: ReadonlySet<string> = new Set([
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "bind",
  "escalate",
]);
const ROLES: ReadonlySet<string> = new Set(["roles", "rolebindings", "clusterroles", "clusterrolebindings"]);
const WORKLOADS: ReadonlySet<string> = new Set([
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
  "replicasets",
]);
/** Resources behind which a model answers: KServe, Ray, Seldon. */
const ENDPOINTS: ReadonlySet<string> = new Set(["inferenceservices", "rayservices", "seldondeployments"]);

const decode = (record: Fields, receivedAt: string): Decoded => {
  const id = textAt(record, "auditID");
  const verb = textAt(record, "verb");
  if (id === undefined || verb === undefined) return notOf("Kubernetes audit", "auditID and verb");
  if (record["stage"] === "RequestReceived")
    return { kind: "skipped", reason: "The stage RequestReceived: the same request comes again with its answer" };
  const object = record["objectRef"];
  const resource = textAt(object, "resource") ?? "";
  const namespace = textAt(object, "namespace");
  const name = textAt(object, "name");
  const full = namespace === undefined || name === undefined ? name : `${namespace}/${name}`;
  const code = numberAt(record, "responseStatus", "code");
  const denied = textAt(record, "annotations", "authorization.k8s.io/decision") === "forbid";
  return decodedOf(
    {
      time: timeOf(record["requestReceivedTimestamp"]) ?? timeOf(record["stageTimestamp"]) ?? receivedAt,
      kind: ROLES.has(resource) && WRITES.has(verb) ? "role.change" : "api.request",
      principal: principalOf(textAt(record, "user", "username")),
      asset: assetOf(resource, full),
      // A request that goes on (exec, watch) is told when its answer begins and when it ends; the first counts.
      key: id,
      known: {
        address: textsOf(record["sourceIPs"])[0],
        user_agent: textAt(record, "userAgent"),
        outcome: denied || (code !== undefined && code >= 400) ? "failure" : "success",
        action: verb,
        namespace,
        pod: resource === "pods" ? name : undefined,
        workload: WORKLOADS.has(resource)
          ? full
          : workloadOf({ namespace, pod: resource === "pods" ? name : undefined }),
        container: containerOf(record),
        commandLine: commandOf(textAt(record, "requestURI")),
      },
    },
    record,
  );
};

const ACCOUNT = /^system:serviceaccount:([^:]+):(.+)$/;

/** `system:serviceaccount:agents:billing` → `service:agents/billing`. */
const principalOf = (name: string | undefined): string | undefined => {
  if (name === undefined) return undefined;
  if (name === "system:anonymous") return "anonymous";
  const [, namespace, account] = ACCOUNT.exec(name) ?? [];
  if (namespace !== undefined && account !== undefined) return `service:${namespace}/${account}`;
  return name.startsWith("system:") ? `service:system/${name.slice("system:".length)}` : `user:${name}`;
};

const assetOf = (resource: string, full: string | undefined): string | undefined => {
  if (full === undefined) return undefined;
  if (resource === "pods") return `pod:${full}`;
  if (ENDPOINTS.has(resource)) return `endpoint:${full}`;
  return resource === "nodes" ? `host:${full}` : undefined;
};

const QUERY_UNITS_MAX = 4_096;

const queryOf = (address: string | undefined): URLSearchParams =>
  new URLSearchParams((address?.split("?", 2)[1] ?? "").slice(0, QUERY_UNITS_MAX));

/** `kubectl exec` says the command in the address. */
const commandOf = (address: string | undefined): string | undefined => {
  const words = queryOf(address).getAll("command");
  return words.length === 0 ? undefined : words.join(" ");
};

const containerOf = (record: Fields): string | undefined => {
  const named = queryOf(textAt(record, "requestURI")).get("container");
  if (named !== null && named !== "") return named;
  const [first] = listOf(at(record, "requestObject", "spec", "containers"));
  return textAt(first, "name");
};

export const kubernetesAudit = jsonSource({
  id: "kubernetes-audit",
  title: "Kubernetes audit log",
  description:
    "Requests to the API server (`audit.k8s.io/v1`), from a webhook or the log file. Service accounts are principals, changes of roles and bindings have their own kind.",
  setup: [
    "Give the API server an audit policy that keeps `Metadata` for reads and `Request` for writes and `pods/exec`, and a webhook (`--audit-webhook-config-file`):",
    "```yaml",
    "apiVersion: v1",
    "kind: Config",
    "clusters: [{ name: parapet, cluster: { server: https://parapet.example/ingest/kubernetes-audit } }]",
    "users: [{ name: parapet, user: { token: $PARAPET_SOURCE_KEY } }]",
    "contexts: [{ name: parapet, context: { cluster: parapet, user: parapet } }]",
    "current-context: parapet",
    "```",
    "Managed clusters export the same events to their cloud's log; send these objects as they are.",
  ].join("\n"),
  reference: "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
  bindings: [
    { logsource: { product: "ai", service: "identity" }, source: "kubernetes-audit", kinds: ["role.change"] },
    { logsource: { category: "application", product: "kubernetes", service: "audit" }, source: "kubernetes-audit" },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
