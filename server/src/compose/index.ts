/**
 * Puts the parts together: the one place that knows which engine, file and key stands behind which port.
 *
 * Holds no logic of its own. Invariant: a start that is not safe is refused, with a sentence for the operator.
 */
export { logSources } from "./log-sources.ts";
export { consoleFolderBeside, startMonitor, startUp } from "./up.ts";
export { startBenchGateway } from "./bench-gateway.ts";
export { startGateway } from "./start-gateway.ts";
export { StartRefused, type Running, type UpOptions } from "./running.ts";
export {
  loadConfiguration,
  metricsCredential,
  resolveCredential,
  type ConfigurationResult,
  type LoadedConfiguration,
  type Overrides,
} from "./load-configuration.ts";
export { readTls } from "./envoy-services.ts";
export { isLoopbackHost } from "./host-check.ts";
export { ContentInvalid } from "./live-content.ts";
export { readContent, type ContentFile } from "./content.ts";
export { readSourceMappings } from "./source-mappings.ts";
export { openDataDirectory, type DataDirectory } from "./data-directory.ts";
export { checkSelfTest, ownBaseline } from "./self-test-files.ts";
export { openStores, type Stores } from "./stores.ts";
export { configuredDetectors } from "./detector-settings.ts";
export { openPatientOpinion, tryOpinion } from "./second-opinion.ts";
export { answerInspect, answerInspectWithOpinion } from "./answer-inspect.ts";
export { auditedNow } from "./audit-record.ts";
