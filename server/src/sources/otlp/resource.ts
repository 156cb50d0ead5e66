import type { Normalised } from "../draft.ts";
import { firstText, textOf } from "../read.ts";
import { attributesOf, fieldOf, type Attributes } from "./values.ts";

/** What a group of records has in common, read once. */
export interface Shared {
  readonly resource: Attributes;
  readonly scope: string | undefined;
  readonly known: Normalised;
  /** Who ran it: the service account, or the service. */
  readonly principal: string | undefined;
}

const OWNERS = ["deployment", "statefulset", "daemonset", "cronjob", "job", "replicaset"];

/** Resource and scope of OTLP in Parapet's names (OpenTelemetry resource conventions: service, k8s, container, process). */
export const sharedOf = (resourceMessage: unknown, scopeMessage: unknown): Shared => {
  const resource = attributesOf(fieldOf(resourceMessage, "attributes"));
  const text = (name: string): string | undefined => textOf(resource[name]);
  const namespace = text("k8s.namespace.name");
  const pod = text("k8s.pod.name");
  const owner = firstText(...OWNERS.map((kind) => resource[`k8s.${kind}.name`]));
  const service = text("service.name");
  const account = text("k8s.serviceaccount.name");
  const group = text("service.namespace") ?? namespace;
  const scope = firstText(fieldOf(scopeMessage, "name"));
  return {
    resource,
    scope,
    known: {
      namespace: namespace ?? text("service.namespace"),
      pod,
      workload: owner === undefined || namespace === undefined ? undefined : `${namespace}/${owner}`,
      container: text("k8s.container.name") ?? text("container.name") ?? text("container.id"),
      process: text("process.executable.path") ?? text("process.executable.name"),
      commandLine: text("process.command_line"),
    },
    principal:
      account !== undefined && namespace !== undefined
        ? `service:${namespace}/${account}`
        : service === undefined || service.startsWith("unknown_service")
          ? undefined
          : `service:${group === undefined ? service : `${group}/${service}`}`,
  };
};
