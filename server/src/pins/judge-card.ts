import type { ToolAddition } from "@parapet/model";
import { a2a } from "#protocols";
import type { Definition } from "./definition-hash.ts";

const isRecord = (value: unknown): value is Definition =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const listAt = (card: unknown, key: string): readonly Definition[] => {
  const list = isRecord(card) ? card[key] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
};

const textAt = (value: Definition, key: string): string => {
  const text = value[key];
  return typeof text === "string" ? text : "";
};

const skillsOf = (card: unknown): ReadonlyMap<string, string> =>
  new Map(listAt(card, "skills").map((skill) => [textAt(skill, "id"), textAt(skill, "name") || textAt(skill, "id")]));

const addressesOf = (card: unknown): ReadonlySet<string> =>
  new Set(listAt(card, "supportedInterfaces").map((one) => textAt(one, "url")));

const asksWho = (card: unknown): boolean => listAt(card, "securityRequirements").length > 0 && !a2a.asksNobody(card);

/** Says what the card of an agent adds to the one before it: skills, addresses, and that it no longer asks who calls. */
export const cardAdditions = (before: unknown, after: unknown): readonly ToolAddition[] => {
  if (!isRecord(before) || !isRecord(after)) return [];
  const [skills, addresses] = [skillsOf(before), addressesOf(before)];
  return [
    ...[...addressesOf(after)]
      .filter((address) => !addresses.has(address))
      .map((address): ToolAddition => ({ kind: "address", sentence: `It is now at ${address}.` })),
    ...(asksWho(before) && !asksWho(after)
      ? [{ kind: "access" as const, sentence: "It no longer asks who calls." }]
      : []),
    ...[...skillsOf(after)]
      .filter(([id]) => !skills.has(id))
      .map(([, name]): ToolAddition => ({ kind: "skill", sentence: `It now offers ${name}.` })),
  ];
};
