import type { LinkFilter } from "@parapet/model";
import { fieldReader, type RuleEvent } from "#rules";

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

type NameReader = (event: RuleEvent) => string | undefined;

const readerOf = (template: string): NameReader => {
  // Text, field, filter or undefined, text, and so on.
  const pieces = template.split(PLACE);
  const texts = pieces.filter((_, at) => at % 3 === 0);
  const places = texts.slice(1).map((text, at) => {
    const filter = pieces[3 * at + 2];
    return {
      read: fieldReader(pieces[3 * at + 1] ?? ""),
      shown: filter === undefined ? undefined : (filters.get(filter) ?? (() => undefined)),
      text,
    };
  });
  return (event) => {
    let name = texts[0] ?? "";
    for (const { read, shown, text } of places) {
      const [value] = read(event);
      const plain = typeof value === "string" || typeof value === "number" ? String(value) : "";
      const part = shown === undefined ? plain : shown(plain);
      if (part === undefined || part === "") return undefined;
      name += part + text;
    }
    return name.length <= NAME_UNITS_MAX ? name : undefined;
  };
};

const readers = new Map<string, NameReader>();

/**
 * The name that an event gives a template, or undefined when it lacks one of the fields. Templates are the program's
 * and the configuration's, so few.
 */
export const nameOf = (template: string, event: RuleEvent): string | undefined => {
  const known = readers.get(template);
  if (known !== undefined) return known(event);
  const reader = readerOf(template);
  readers.set(template, reader);
  return reader(event);
};
