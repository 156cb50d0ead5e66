const VALUE_UNITS_MAX = 200;

/** A value of an event as findings show it. Values come from callers: control and invisible characters are dropped and length is bounded. */
export const shownValue = (value: string): string => {
  const visible = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  return visible.length <= VALUE_UNITS_MAX ? visible : `${visible.slice(0, VALUE_UNITS_MAX - 1)}…`;
};
