import { LinkRule } from "@parapet/model";

const rule = (
  id: string,
  source: string,
  one: string,
  other: string,
  confidence: number,
  description: string,
  more: { readonly kind?: string; readonly where?: Readonly<Record<string, string>> } = {},
): LinkRule => LinkRule.parse({ id, source, one, other, confidence, description, ...more });

const AGENT = "agent:{agent}";
const POD = "pod:{namespace}/{pod}";
const WORKLOAD = "workload:{workload}";

/**
 * The links that ship. A name is never guessed from a part of itself, with one exception that says so: a pod's
 * workload from the ending that Kubernetes puts behind it.
 */
export const LINK_RULES: readonly LinkRule[] = [
  rule("agent-in-pod", "otlp", AGENT, POD, 0.95, "An agent's own telemetry names the pod that it runs in."),
  rule("agent-in-workload", "otlp", AGENT, WORKLOAD, 0.95, "An agent's own telemetry names its workload."),
  rule("agent-as-principal", "*", AGENT, "{principal|service}", 0.85, "An agent acts as this service or key."),
  rule("agent-at-address", "gateway", AGENT, "address:{address}", 0.6, "The agent called the gateway from there."),
  rule("key-at-address", "gateway", "key:{key}", "address:{address}", 0.5, "The key was used from there."),
  rule("agent-with-key", "gateway", AGENT, "key:{key}", 0.8, "The agent calls the gateway with this key."),
  rule("pod-address", "otlp", POD, "address:{resource.k8s.pod.ip}", 0.9, "The pod's own telemetry names its address."),
  rule("pod-of-workload", "*", POD, WORKLOAD, 0.95, "The source names both."),
  rule(
    "pod-of-workload-by-name",
    "*",
    POD,
    "workload:{namespace}/{pod|workload}",
    0.75,
    "The workload's name is the pod's without the ending that Kubernetes gives it.",
  ),
  rule(
    "pod-as-account",
    "kubernetes-audit",
    "pod:{objectRef.namespace}/{objectRef.name}",
    "service:{objectRef.namespace}/{requestObject.spec.serviceAccountName}",
    0.95,
    "The pod was made with this service account.",
    { where: { "objectRef.resource": "pods", verb: "create" } },
  ),
  rule(
    "pod-at-address",
    "kubernetes-audit",
    "pod:{objectRef.namespace}/{objectRef.name}",
    "address:{requestObject.status.podIP}",
    0.9,
    "The pod was given this address.",
    { where: { "objectRef.resource": "pods" } },
  ),
  rule("account-in-pod", "otlp", "{principal|service}", POD, 0.9, "What runs in the pod says who it is."),
  rule(
    "account-takes-role",
    "cloudtrail",
    "service:{userIdentity.userName|serviceaccount}",
    "service:{requestParameters.roleArn}",
    0.98,
    "The cluster's account exchanged its token for this role.",
    { where: { eventName: "AssumeRoleWithWebIdentity" } },
  ),
  rule(
    "session-of-role",
    "cloudtrail",
    "{principal|service}",
    "service:{userIdentity.sessionContext.sessionIssuer.arn}",
    0.95,
    "The session was made from this role.",
  ),
  rule("person-at-address", "okta", "{principal|user}", "address:{address}", 0.4, "Signed in from there."),
  rule("person-at-address-entra", "entra", "{principal|user}", "address:{address}", 0.4, "Signed in from there."),
];
