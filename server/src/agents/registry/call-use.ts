import type { ArgumentsUse } from "@parapet/model";
import type { CallReading } from "../flow.ts";
import { measureArguments } from "../limits.ts";

const HOSTS_MAX = 16;

/** What the arguments of a call amount to, by their roles. Nothing where they cannot be read. */
export const describeArguments = (values: CallReading["values"]): ArgumentsUse => {
  if (values === undefined) return {};
  const { amount, count, recipients } = measureArguments(values);
  const has = (name: string): boolean => values.some(({ role }) => role === name);
  return {
    // Mail goes to people: the hosts of their addresses are none that the agent talks to.
    hosts: measureArguments(values.filter(({ role }) => role !== "recipient")).hosts.slice(0, HOSTS_MAX),
    ...(has("amount") && amount >= 0 && { amount: amount / 100 }),
    ...(has("count") && count >= 0 && { count }),
    ...(recipients.length > 0 && { recipients: recipients.length }),
  };
};
