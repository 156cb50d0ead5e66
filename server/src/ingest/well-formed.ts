import type { SourceEvent } from "@parapet/model";

const NAME_UNITS_MAX = 2_048;
const DEPTH_MAX = 32;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NAMES = ["exchange", "session", "principal", "agent", "asset", "route", "model", "trace"] as const;

/**
 * What keeps an event from being taken in, whatever its source made of the record; undefined when nothing does.
 * Depth is bounded because the ledger and the store write bodies recursively.
 */
export const faultOf = (event: SourceEvent): string | undefined => {
  if (!TIME.test(event.time)) return "its time is not one that can be kept";
  if (event.kind === "" || event.kind.length > 200) return "its kind is empty or too long";
  for (const name of NAMES)
    if ((event[name]?.length ?? 0) > NAME_UNITS_MAX) return `its ${name} has more than ${NAME_UNITS_MAX} characters`;
  if ((event.key?.length ?? 0) > 256) return "its key has more than 256 characters";
  return isShallow(event.body, DEPTH_MAX) ? undefined : `it is nested more than ${DEPTH_MAX} deep`;
};

const isShallow = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const name in value) if (!isShallow(Reflect.get(value, name), levels - 1)) return false;
  return true;
};
