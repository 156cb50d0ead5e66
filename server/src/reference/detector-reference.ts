import { DETECTORS, type CataloguedDetector } from "#detectors";
import { toJsonSchema } from "#platform";
import { schemaRows, schemaTable } from "./schema-rows.ts";

/** Every detector with its settings as Markdown, from the catalogue. */
export const detectorReference = (): string =>
  [
    "<!-- Generated from the catalogue in server/src/detectors by server/src/reference/write-reference.ts. Do not edit. -->",
    "# Detector reference",
    "Settings stand in `parapet.yaml` under `detectors.<id>`. What detectors see and what their matches mean is in [inspection](../inspection.md). The version is raised whenever matches may change; receipts name it.",
    ...DETECTORS.map(detectorSection),
  ].join("\n\n") + "\n";

const detectorSection = (detector: CataloguedDetector): string => {
  const { id, version, title, description, categories, contextual, stream } = detector;
  const looks =
    stream.kind === "span"
      ? `at every piece; holds back what could still become a match, which is at most ${stream.reach} UTF-16 units long`
      : `every ${stream.stride} UTF-16 units and at the end, over the last ${stream.reach}`;
  const rows = schemaRows(toJsonSchema(detector.settings));
  return [
    `## ${title}`,
    description,
    [
      `- id \`${id}\`, version \`${version}\``,
      `- categories ${categories.map((category) => `\`${category}\``).join(", ")}`,
      `- in a stream it looks ${looks}`,
      contextual
        ? "- depends on the rest of the exchange, so its matches are never remembered"
        : "- matches are remembered by content",
    ].join("\n"),
    rows.length === 0 ? "No settings." : schemaTable(rows),
  ].join("\n\n");
};
