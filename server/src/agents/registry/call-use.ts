import type { ArgumentOrigin, ArgumentsUse } from "@parapet/model";
import { valuesOfArguments } from "../arguments.ts";
import { measureArguments } from "../limits.ts";

const HOSTS_MAX = 16;

/**
 * What the arguments of a call amount to, by the roles that their origins were found under. Nothing where they cannot
 * be read.
 * @param text JSON text
 */
export const describeArguments = (
  text: string,
  origins: readonly Pick<ArgumentOrigin, "path" | "role">[],
): ArgumentsUse => {
  const found = valuesOfArguments(text);
  if (found[0]?.pointer === "" && found[0].isText) return {};
  const roles = new Map(origins.map(({ path, role }) => [path, role]));
  const values = found.map(({ pointer, text: value, isText }) => ({
    role: roles.get(pointer),
    value: isText ? value : Number(value),
  }));
  const { amount, count, recipients } = measureArguments(values);
  const has = (role: ArgumentOrigin["role"]): boolean => values.some((one) => one.role === role);
  return {
    // Mail goes to people: the hosts of their addresses are none that the agent talks to.
    hosts: measureArguments(values.filter(({ role }) => role !== "recipient")).hosts.slice(0, HOSTS_MAX),
    ...(has("amount") && amount >= 0 && { amount: amount / 100 }),
    ...(has("count") && count >= 0 && { count }),
    ...(recipients.length > 0 && { recipients: recipients.length }),
  };
};
