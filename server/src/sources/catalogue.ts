import type { LogSourceBinding } from "@parapet/model";
import { bedrockInvocation } from "./bedrock-invocation/bedrock-invocation.ts";
import { cloudtrail } from "./cloudtrail/cloudtrail.ts";
import { entra } from "./entra/entra.ts";
import { falco } from "./falco/falco.ts";
import { huggingFace } from "./hugging-face/hugging-face.ts";
import { json } from "./json/json.ts";
import { kubearmor } from "./kubearmor/kubearmor.ts";
import { kubernetesAudit } from "./kubernetes-audit/kubernetes-audit.ts";
import { langfuse } from "./langfuse/langfuse.ts";
import { litellm } from "./litellm/litellm.ts";
import { mlflow } from "./mlflow/mlflow.ts";
import { objectStore } from "./object-store/object-store.ts";
import { okta } from "./okta/okta.ts";
import { otlp } from "./otlp/otlp.ts";
import { postgresql } from "./postgresql/postgresql.ts";
import { predictions } from "./predictions/predictions.ts";
import { qdrant } from "./qdrant/qdrant.ts";
import type { Source } from "./source.ts";
import { tetragon } from "./tetragon/tetragon.ts";

/** Every source that is code, one line each. Those that only rename fields are files (`loadMappings`). */
export const SOURCES: readonly Source[] = [
  json,
  otlp,
  litellm,
  langfuse,
  bedrockInvocation,
  cloudtrail,
  kubernetesAudit,
  falco,
  tetragon,
  kubearmor,
  mlflow,
  huggingFace,
  objectStore,
  postgresql,
  qdrant,
  okta,
  entra,
  predictions,
];

/** What Sigma's log sources are in these sources' events, for the rules. */
export const SOURCE_BINDINGS: readonly LogSourceBinding[] = SOURCES.flatMap(({ bindings }) => bindings);
