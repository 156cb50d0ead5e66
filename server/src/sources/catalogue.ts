import { bedrockInvocation } from "./bedrock-invocation/bedrock-invocation.ts";
import { cloudtrail } from "./cloudtrail/cloudtrail.ts";
import { falco } from "./falco/falco.ts";
import { kubearmor } from "./kubearmor/kubearmor.ts";
import { kubernetesAudit } from "./kubernetes-audit/kubernetes-audit.ts";
import { langfuse } from "./langfuse/langfuse.ts";
import { litellm } from "./litellm/litellm.ts";
import { otlp } from "./otlp/otlp.ts";
import type { Source } from "./source.ts";
import { tetragon } from "./tetragon/tetragon.ts";

/** Every source that is code, one line each. Those that only rename fields are files (`loadMappings`). */
export const SOURCES: readonly Source[] = [
  otlp,
  litellm,
  langfuse,
  bedrockInvocation,
  cloudtrail,
  kubernetesAudit,
  falco,
  tetragon,
  kubearmor,
];
