import { loadMappings, type LoadedMappings } from "#sources";
import { readContent } from "./content.ts";
import type { LoadedConfiguration } from "./load-configuration.ts";

/** The mappings in the configuration's folders: sources beside those that are built in, and what is wrong with others. */
export const readSourceMappings = ({
  configuration,
  base,
}: Pick<LoadedConfiguration, "configuration" | "base">): LoadedMappings =>
  loadMappings(readContent(configuration.source_mappings, base, [".yml", ".yaml"]));
