import type { PendingDefinition, ToolPin } from "@parapet/model";
import { printable, printableLines } from "../printable.ts";

const KINDS: Readonly<Record<PendingDefinition["kind"], string>> = {
  changed: "has another definition than the one in force",
  renamed: "is another tool under a new name",
  shadowing: "can be taken for another tool",
};

/** A definition that waits, as a person needs to see it: what it adds, then what differs. */
export const renderHeld = ({ server, tool }: Pick<ToolPin, "server" | "tool">, pending: PendingDefinition): string =>
  [
    `${printable(server)}/${printable(tool)} ${KINDS[pending.kind]}${pending.of === undefined ? "" : ` (${printable(pending.of)})`}, since ${pending.seenAt}`,
    ...pending.adds.map(({ sentence }) => `  ! ${printable(sentence)}`),
    ...pending.changes.flatMap(({ pointer, before, after }) => [
      `  ${pointer === "" ? "(all of it)" : printable(pointer)}`,
      ...(before === undefined ? [] : [`    - ${printableLines(before)}`]),
      ...(after === undefined ? [] : [`    + ${printableLines(after)}`]),
    ]),
    `  approve: parapet tools approve ${printable(server)} ${printable(tool)} --hash ${pending.hash.slice(0, 12)}`,
  ].join("\n");
