import { EVEN, type Doubt } from "./doubt/index.ts";
import type { JudgedValue } from "./judged-value.ts";
import { TARGET_ROLES } from "./origins.ts";
import type { ToolView } from "./tool-effects.ts";

const REASONS_MAX = 7;

export const UNREAD = "Its arguments are broken JSON, or hold more values than are looked at.";

const sayDoubt = ({ percent, because }: Doubt): string =>
  `It looks like the idea of what was read rather than the user's (${String(percent)} %)${because.length > 0 ? `: ${because.join("; ")}` : ""}.`;

/** What a person should know who is asked about the call. */
export const reasonsOf = (
  values: readonly JudgedValue[],
  view: ToolView,
  {
    asked,
    untrusted,
    onlyReads,
    doubt,
  }: {
    readonly asked: boolean;
    readonly untrusted: boolean;
    readonly onlyReads: boolean;
    readonly doubt: Doubt | undefined;
  },
): string[] => {
  const reasons: string[] = [];
  if (doubt !== undefined && doubt.percent > EVEN) reasons.push(sayDoubt(doubt));
  if (!asked && untrusted && !onlyReads)
    reasons.push("The user's words do not ask for it, and the session has read what outsiders may have written.");
  for (const { value, role, judged } of values) {
    if (role === undefined || !TARGET_ROLES.has(role)) continue;
    const name = value.path.join(".");
    if (judged.origin === "untrusted")
      reasons.push(`Only content that outsiders may have written names the ${role} in \`${name}\`.`);
    if (judged.origin === "model") reasons.push(`Nobody named the ${role} in \`${name}\`.`);
  }
  if (view.basis === "inferred")
    reasons.push(`What the tool does (${view.effects.join(", ")}) is inferred from its name and schema.`);
  return reasons.slice(0, REASONS_MAX);
};
