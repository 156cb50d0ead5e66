import type { Fields } from "./read.ts";

/** What happened on a Linux host, from whichever sensor. */
export interface LinuxActivity {
  readonly image?: string | undefined;
  readonly commandLine?: string | undefined;
  readonly parentImage?: string | undefined;
  readonly parentCommandLine?: string | undefined;
  readonly user?: string | undefined;
  readonly directory?: string | undefined;
  readonly processId?: number | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly hostname?: string | undefined;
  /** Whether the process opened the connection itself. */
  readonly opened?: boolean | undefined;
  readonly file?: string | undefined;
}

/** Sigma's field names for Linux (taxonomy of process_creation, network_connection and file_event). */
export const sigmaFields = (activity: LinuxActivity): Fields => ({
  Image: activity.image,
  CommandLine: activity.commandLine,
  ParentImage: activity.parentImage,
  ParentCommandLine: activity.parentCommandLine,
  User: activity.user,
  CurrentDirectory: activity.directory,
  ProcessId: activity.processId,
  DestinationIp: activity.address,
  DestinationPort: activity.port,
  DestinationHostname: activity.hostname,
  Initiated: activity.opened === undefined ? undefined : String(activity.opened),
  TargetFilename: activity.file,
});
