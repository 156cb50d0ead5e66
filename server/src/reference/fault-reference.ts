import { FAULTS, type FaultParty } from "#platform";
import { markdownTable } from "./schema-rows.ts";

const PARTIES: Readonly<Record<FaultParty, string>> = {
  caller: "caller",
  operator: "operator",
  upstream: "the model's server",
  internal: "Parapet",
};

/** The table of docs/gateway.md, from the one table of faults. */
export const faultReference = (): string =>
  markdownTable(
    ["code", "status", "who can mend it", "sentence"],
    Object.entries(FAULTS).map(([code, { status, party, message }]) => [
      `\`${code}\``,
      `${status}`,
      PARTIES[party],
      message,
    ]),
  );
