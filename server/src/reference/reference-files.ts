import { ENDPOINTS, openApiDocument } from "#api";
import { commandReference } from "#cli";
import { configurationReference, configurationSchema } from "./configuration-reference.ts";
import { detectorReference } from "./detector-reference.ts";
import { sourceReference } from "./source-reference.ts";

export interface ReferenceFile {
  /** Below the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every generated file, one line each. `version` is the server package's, `root` the repository's. */
export const referenceFiles = (version: string, root: string): readonly ReferenceFile[] => [
  { path: "docs/reference/configuration.md", text: configurationReference() },
  { path: "docs/reference/parapet.schema.json", text: json(configurationSchema()) },
  { path: "docs/reference/detectors.md", text: detectorReference() },
  { path: "docs/reference/sources.md", text: sourceReference(root) },
  { path: "docs/reference/command-line.md", text: commandReference() },
  { path: "docs/reference/openapi.json", text: json(openApiDocument(ENDPOINTS, version)) },
];
