const NODES_MAX = 2_000;
const DEPTH_MAX = 12;
const ITEMS_MAX = 256;
const TEXT_UNITS_MAX = 8_192;
const TOTAL_UNITS_MAX = 131_072;

/** What was left out of a value is told, so that nobody takes the rest for the whole. */
export interface Bounded {
  readonly value: unknown;
  readonly clipped: boolean;
}

/**
 * A copy of parsed JSON that is small and plain: at most 12 levels, 2,000 values, 256 items a list, 8,192 characters a
 * text and 131,072 together; without `__proto__` and without the keys in `leaveOut` (first level only).
 */
export const bounded = (value: unknown, leaveOut?: ReadonlySet<string>): Bounded => {
  let nodes = 0;
  let room = TOTAL_UNITS_MAX;
  let clipped = false;
  const copy = (item: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof item === "string") {
      const most = Math.min(TEXT_UNITS_MAX, room);
      room -= Math.min(item.length, most);
      if (item.length <= most) return item;
      clipped = true;
      return item.slice(0, most);
    }
    if (typeof item !== "object" || item === null) {
      if (typeof item === "number" ? Number.isFinite(item) : typeof item === "boolean" || item === null) return item;
      return typeof item === "bigint" ? String(item) : undefined;
    }
    if (depth === DEPTH_MAX || nodes > NODES_MAX) {
      clipped = true;
      return undefined;
    }
    if (Array.isArray(item)) {
      if (item.length > ITEMS_MAX) clipped = true;
      return item.slice(0, ITEMS_MAX).flatMap((one) => {
        const value = copy(one, depth + 1);
        return value === undefined ? [] : [value];
      });
    }
    const members: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(item)) {
      if (nodes > NODES_MAX) {
        clipped = true;
        break;
      }
      if (key === "__proto__" || key.length > 256 || (depth === 0 && leaveOut?.has(key) === true)) continue;
      room = Math.max(0, room - key.length);
      const value = copy(member, depth + 1);
      if (value !== undefined) members[key] = value;
    }
    return members;
  };
  const result = copy(value, 0);
  return { value: result, clipped };
};
