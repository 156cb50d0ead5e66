import { OPENAI, REALTIME_DENIED } from "../openai/openai.ts";
import type { Endpoint, Protocol } from "../protocol.ts";

/** What is asked of a deployment, which the path names. Source: `openai` package 7.55, `azure.ts`. */
const OF_DEPLOYMENTS: ReadonlySet<string> = new Set([
  "/chat/completions",
  "/completions",
  "/embeddings",
  "/audio/transcriptions",
  "/audio/translations",
  "/audio/speech",
  "/images/generations",
  "/images/edits",
  "/batches",
]);
const VERSION: Endpoint["query"] = { "api-version": /^[\w.-]{1,40}$/ };

const under =
  (base: string) =>
  (endpoint: Endpoint): Endpoint => {
    const path = `${base}${endpoint.path}`;
    return { ...endpoint, name: `${endpoint.method} ${path}`, path, query: { ...endpoint.query, ...VERSION } };
  };

/**
 * OpenAI's API as Azure serves it: deployments and `api-version` for what is asked of a model, all else beside them,
 * and everything once more below `/openai/v1`.
 */
export const AZURE_OPENAI: Protocol = {
  ...OPENAI,
  id: "azure-openai",
  endpoints: [
    ...OPENAI.endpoints
      .filter(({ method, path }) => method === "POST" && OF_DEPLOYMENTS.has(path))
      .map(under("/openai/deployments/{model}")),
    ...OPENAI.endpoints.filter(({ path }) => !OF_DEPLOYMENTS.has(path) || path === "/batches").map(under("/openai")),
    ...OPENAI.endpoints.map(under("/openai/v1")),
  ],
  denied: [REALTIME_DENIED],
  credential: { header: "api-key", prefix: "", also: ["authorization"] },
  headers: {
    forwarded: ["x-ms-client-request-id", "x-ms-oai-image-generation-deployment"],
    returned: [
      "apim-request-id",
      "x-ms-region",
      "x-ms-client-request-id",
      "azureml-model-session",
      ...OPENAI.headers.returned.filter((name) => name.startsWith("x-ratelimit-")),
    ],
    account: [],
  },
};
