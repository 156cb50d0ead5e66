import { Configuration, RESERVED_PATHS } from "@parapet/model";
import { toJsonSchema } from "#platform";
import { schemaRows, schemaTable } from "./schema-rows.ts";

/** The JSON Schema of `parapet.yaml`, for editors. */
export const configurationSchema = (): Readonly<Record<string, unknown>> => ({
  title: "Configuration of Parapet (parapet.yaml)",
  ...toJsonSchema(Configuration),
});

/** Every key of `parapet.yaml` as Markdown, from the schema that reads the file. */
export const configurationReference = (): string => {
  const rows = schemaRows(toJsonSchema(Configuration));
  const sections = [...new Set(rows.map(({ key }) => sectionOf(key)))];
  const single = sections.filter((section) => rows.filter(({ key }) => sectionOf(key) === section).length === 1);
  const parts = sections
    .filter((section) => !single.includes(section))
    .map((section) => `## \`${section}\`\n\n${schemaTable(rows.filter(({ key }) => sectionOf(key) === section))}`);
  return (
    [
      "<!-- Generated from model/src/configuration.ts by server/src/reference/write-reference.ts. Do not edit. -->",
      "# Configuration reference",
      "Every key of `parapet.yaml`. Unknown keys are errors. How to use them is in the [guide](../configuration.md); editors read the [JSON Schema](parapet.schema.json).",
      `A route's \`path\` must lie outside ${RESERVED_PATHS.map((path) => `\`${path}\``).join(", ")}. \`upstream\` is needed unless the protocol is \`demo\`.`,
      `## At the top\n\n${schemaTable(rows.filter(({ key }) => single.includes(key)))}`,
      ...parts,
      "",
    ]
      .join("\n\n")
      .trimEnd() + "\n"
  );
};

/** `routes` of `routes[].timeouts.idleMs`. */
const sectionOf = (key: string): string => /^\w+/.exec(key)?.[0] ?? key;
