import { fileURLToPath } from "node:url";
import { CANARIES, sent } from "./cells.ts";
import { DESCRIBED, endpointOf } from "./catalogue.ts";
import type { openSdkTypes } from "./string-fields.ts";

export const INSPECTED_FIELDS_FILE = fileURLToPath(
  new URL("../../docs/reference/inspected-fields.md", import.meta.url),
);

/** Which string fields of a request are read, and as whose words: Markdown, from the SDKs' declarations. */
export const inspectedFields = (types: ReturnType<typeof openSdkTypes>): string => {
  const sections = DESCRIBED.map((described) => {
    const endpoint = endpointOf(described);
    const rows = new Map<string, Set<string>>();
    for (const { path, fill } of types.fieldsOf(described.request)) {
      const decoded = endpoint.decodeRequest(sent(endpoint, fill(CANARIES.injection)));
      const shown = path.replaceAll(/\{[^}]*\}/g, "");
      const found = decoded.ok
        ? decoded.value.segments.filter(({ text }) => text === CANARIES.injection).map(({ provenance }) => provenance)
        : ["refused"];
      for (const one of found) rows.set(shown, (rows.get(shown) ?? new Set()).add(one));
    }
    const byReading = Map.groupBy(rows, ([, readings]) => [...readings].toSorted().join(", "));
    return [
      `## ${described.protocol}: \`${endpoint.name}\``,
      ...[...byReading].map(
        ([reading, fields]) => `**${reading}**: ${fields.map(([field]) => `\`${field}\``).join(", ")}`,
      ),
    ].join("\n\n");
  });
  return `${[
    "<!-- Generated from the declarations of the official SDKs by e2e/parity/write-inspected-fields.ts. Do not edit. -->",
    "# Inspected fields",
    "Every field of a request that can hold a string, as the official SDKs declare them, and as whose words it is inspected. `[]` stands for positions, `…` for names that the caller chooses, `(key)` for such a name itself. A field with more than one author is inspected as the words of whoever wrote the message or part around it. `refused`: with anything but the format's own words there, the request is refused. Fields that no SDK declares are inspected as the user's. The test that made this table sends a secret, an injection, hidden text and a card number through each of them, and through the fields of answers and of events of streams.",
    ...sections,
  ].join("\n\n")}\n`;
};
