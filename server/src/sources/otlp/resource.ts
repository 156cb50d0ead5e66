import type { Normalised } from "../draft.ts";
import { firstText, textOf } from "../read.ts";
import { workloadOf } from "../workload.ts";
import { attributesOf, fieldOf, type Attributes } from "./values.ts";

/** What a group of records has in common, read once. */
export interface Shared {
  readonly resource: Attributes;
  readonly scope: string | undefined;
  readonly known: Normalised;
  /** Who ran it: the service account, or the service. */
  readonly principal: string | undefined;
}

const OWNERS = ["deployment", "statefulset", "daemonset", "cronjob", "job"];

/** Resource and scope of OTLP in Parapet's names (OpenTelemetry resource conventions: service, k8s, container, process). */
export const sharedOf = (resourceMessage: unknown, scopeMessage: unknown): Shared => {
  const resource = shortened(attributesOf(fieldOf(resourceMessage, "attributes")));
  const text = (name: string): string | undefined => textOf(resource[name]);
  const namespace = text("k8s.namespace.name");
  const pod = text("k8s.pod.name");
  const owner = firstText(...OWNERS.map((kind) => resource[`k8s.${kind}.name`]));
  const service = text("service.name");
  const account = text("k8s.serviceaccount.name");
  const group = text("service.namespace") ?? namespace;
  const scope = firstText(fieldOf(scopeMessage, "name"))?.slice(0, TEXT_UNITS_MAX);
  return {
    resource,
    scope,
    known: {
      namespace: namespace ?? text("service.namespace"),
      pod,
      workload: workloadOf({ namespace, owner, replicaSet: text("k8s.replicaset.name"), pod }),
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

const TEXT_UNITS_MAX = 512;
const TOTAL_UNITS_MAX = 8_192;

/** It is repeated with every record, so a long one must not be multiplied: 8,192 characters, 512 a value. */
const shortened = (resource: Attributes): Attributes => {
  const short: Attributes = {};
  let room = TOTAL_UNITS_MAX;
  for (const [name, value] of Object.entries(resource)) {
    const kept = typeof value === "object" ? JSON.stringify(value) : value;
    const text = typeof kept === "string" ? kept.slice(0, TEXT_UNITS_MAX) : kept;
    room -= name.length + (typeof text === "string" ? text.length : 8);
    if (room < 0) break;
    short[name] = text;
  }
  return short;
};
