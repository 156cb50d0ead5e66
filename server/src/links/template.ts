import type { LinkFilter } from "@parapet/model";
import { fieldValues, type RuleEvent } from "#rules";

const NAME_UNITS_MAX = 300;
const PLACE = /\{([^{}|]+)(?:\|([a-z]+))?\}/g;

/** What may be done with a value on its way into a name; undefined: the value is not of that kind, so no name. */
const FILTERS: Readonly<Record<LinkFilter, (value: string) => string | undefined>> = {
  /** `support-7d9f6c5b4-x2x8k`, `worker-0`, `agent-x2x8k` without what Kubernetes put behind the workload's name. */
  workload: (value) => {
    const name = value
      .replace(/-[a-z0-9]{6,10}-[a-z0-9]{5}$/, "")
      .replace(/-\d{1,4}$/, "")
      .replace(/-(?=[a-z0-9]*\d)[a-z0-9]{5}$/, "");
    return name === value ? undefined : name;
  },
  /** `system:serviceaccount:ml:trainer` as `ml/trainer`. */
  serviceaccount: (value) => {
    const parts = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(value);
    return parts === null ? undefined : `${parts[1]}/${parts[2]}`;
  },
  service: (value) => (/^(?:service|key):/.test(value) ? value : undefined),
  user: (value) => (value.startsWith("user:") ? value : undefined),
};
const filters = new Map<string, (value: string) => string | undefined>(Object.entries(FILTERS));

/** The name that an event gives a template, or undefined when it lacks one of the fields. */
export const nameOf = (template: string, event: RuleEvent): string | undefined => {
  let isWhole = true;
  const name = template.replace(PLACE, (_, field: string, filter: string | undefined) => {
    const [value] = fieldValues(event, field);
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    const shown = filter === undefined ? text : filters.get(filter)?.(text);
    if (shown === undefined || shown === "") isWhole = false;
    return shown ?? "";
  });
  return isWhole && name.length <= NAME_UNITS_MAX ? name : undefined;
};
