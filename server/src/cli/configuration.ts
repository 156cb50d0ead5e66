import { existsSync } from "node:fs";
import type { Diagnostic } from "@parapet/model";
import {
  configuredDetectors,
  logSources,
  loadConfiguration,
  openDataDirectory,
  readContent,
  type DataDirectory,
  type LoadedConfiguration,
} from "#compose";
import type { Inspector } from "#detectors";
import { loadPolicies, type PolicySet } from "#policy";
import { loadRules, type LoadedRules, type RuleFile } from "#rules";
import { CommandFailed, EXIT, type CommandContext } from "./command.ts";
import type { PlaceFlags } from "./flags.ts";
import { formatDiagnostics } from "./format-diagnostics.ts";
import { printable } from "./printable.ts";

/** The configuration that the flags name, or a refusal with every problem in it. */
export const requireConfiguration = (
  flags: PlaceFlags & { readonly port?: string },
  { terminal, root }: CommandContext,
): LoadedConfiguration => {
  const port = flags.port === undefined ? undefined : Number(flags.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new CommandFailed(EXIT.usage, `--port ${flags.port}: a port is a whole number from 0 to 65535`);
  }
  const loaded = loadConfiguration({ config: flags.config, data: flags.data, port }, [terminal.workingDirectory, root]);
  if (!loaded.ok) throw new CommandFailed(EXIT.usage, formatDiagnostics(loaded.diagnostics));
  return loaded;
};

/** The data directory with its keys. One that was never made is not made here. */
export const requireDataDirectory = (
  { configuration }: LoadedConfiguration,
  { terminal }: CommandContext,
): DataDirectory => {
  if (!existsSync(configuration.data)) {
    throw new CommandFailed(
      EXIT.unable,
      `There is nothing in ${printable(configuration.data)} yet. Start Parapet first (npm start), or name its data directory with --data.`,
    );
  }
  return openDataDirectory(configuration.data, terminal.env);
};

export const readPolicies = ({ configuration, base }: LoadedConfiguration): ReturnType<typeof loadPolicies> =>
  loadPolicies(readContent(configuration.policies, base, [".cedar", ".cases.yaml"]));

/** `overlay`: rules that stand over the folders'. */
export const readRules = (loaded: LoadedConfiguration, overlay: readonly RuleFile[] = []): LoadedRules =>
  loadRules(readContent(loaded.configuration.rules, loaded.base, [".yml", ".yaml"]), logSources(loaded), overlay);

/** The policies in the folders, or a refusal with their errors. */
export const requirePolicies = (loaded: LoadedConfiguration): PolicySet => {
  const policies = readPolicies(loaded);
  if (!policies.ok) throw new CommandFailed(EXIT.usage, formatDiagnostics(policies.diagnostics));
  return policies.set;
};

/** The detectors with the configuration's settings, or what is wrong with those. */
export const readInspector = (
  { configuration, file }: LoadedConfiguration,
  overlay: Readonly<Record<string, unknown>> = {},
): Inspector | { readonly problem: Diagnostic } => {
  try {
    return configuredDetectors({ ...configuration, detectors: { ...configuration.detectors, ...overlay } });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      problem: {
        level: "error",
        file: file ?? "(defaults)",
        message: `detectors: ${message}`,
        fix: "docs/reference has each detector's id and settings",
      },
    };
  }
};

export const requireInspector = (
  loaded: LoadedConfiguration,
  overlay?: Readonly<Record<string, unknown>>,
): Inspector => {
  const inspector = readInspector(loaded, overlay);
  if ("problem" in inspector) throw new CommandFailed(EXIT.usage, formatDiagnostics([inspector.problem]));
  return inspector;
};
