import type { ArgumentRole, CallUse } from "@parapet/model";
import { measureArguments, type CallValue } from "../limits.ts";

const TEXT_UNITS_MAX = 256 * 1024;
const VALUES_MAX = 500;
const VALUE_UNITS_MAX = 4_096;
const DEPTH_MAX = 32;
const HOSTS_MAX = 16;

const ADDRESS = /^[^\s@<>]{1,64}@[^\s@<>]{1,253}$/u;
const URL_BEGINNING = /^[a-z][a-z0-9+.-]{1,20}:\/\//iu;

/** What the arguments of a call amount to, without their values. Nothing where they cannot be read. */
export const describeArguments = (
  text: string | undefined,
  /** Role of what stands at a JSON pointer; undefined: told by its form where that is plain. */
  roleAt: (pointer: string) => ArgumentRole | undefined,
): Pick<CallUse, "hosts" | "amount" | "count" | "recipients"> => {
  const values = text === undefined ? undefined : valuesOf(text, roleAt);
  if (values === undefined) return {};
  const { amount, count, recipients, hosts } = measureArguments(values);
  const has = (role: ArgumentRole): boolean => values.some((one) => one.role === role && one.value !== null);
  return {
    hosts: hosts.slice(0, HOSTS_MAX),
    ...(has("amount") && amount >= 0 && { amount: amount / 100 }),
    ...(has("count") && count >= 0 && { count }),
    ...(recipients.length > 0 && { recipients: recipients.length }),
  };
};

const valuesOf = (
  text: string,
  roleAt: (pointer: string) => ArgumentRole | undefined,
): readonly CallValue[] | undefined => {
  if (text.length > TEXT_UNITS_MAX) return undefined;
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  const values: CallValue[] = [];
  const walk = (value: unknown, pointer: string, depth: number): void => {
    if (values.length >= VALUES_MAX || depth > DEPTH_MAX) return;
    if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value))
        walk(member, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1);
      return;
    }
    if (typeof value === "string" && value.length > VALUE_UNITS_MAX) return;
    values.push({ role: roleAt(pointer) ?? roleByForm(value), value });
  };
  walk(root, "", 0);
  return values;
};

const roleByForm = (value: unknown): ArgumentRole | undefined => {
  if (typeof value !== "string") return undefined;
  if (URL_BEGINNING.test(value)) return "url";
  return ADDRESS.test(value) ? "recipient" : undefined;
};
