import type { ToolAddition } from "@parapet/model";
import { a2a, arrayAt, isObject, stringAt, type JsonObject } from "#protocols";

const listAt = (card: unknown, key: string): readonly JsonObject[] => arrayAt(card, key).filter(isObject);

const skillsOf = (card: unknown): ReadonlyMap<string, string> =>
  new Map(
    listAt(card, "skills").map((skill) => [stringAt(skill, "id"), stringAt(skill, "name") || stringAt(skill, "id")]),
  );

const addressesOf = (card: unknown): ReadonlySet<string> =>
  new Set(listAt(card, "supportedInterfaces").map((one) => stringAt(one, "url")));

const asksWho = (card: unknown): boolean => listAt(card, "securityRequirements").length > 0 && !a2a.asksNobody(card);

/** Says what the card of an agent adds to the one before it: skills, addresses, and that it no longer asks who calls. */
export const cardAdditions = (before: unknown, after: unknown): readonly ToolAddition[] => {
  if (!isObject(before) || !isObject(after)) return [];
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
