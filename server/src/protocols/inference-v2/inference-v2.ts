import { NO_REQUEST, type Endpoint, type Protocol } from "../protocol.ts";
import { decodeRequest, decodeResponse } from "./decode.ts";

const reading = (path: string): Endpoint => ({
  name: `GET ${path}`,
  method: "GET",
  path,
  query: {},
  body: "none",
  // Servers answer some of these with a status alone.
  answer: "any",
  decodeRequest: () => ({ ok: true, value: NO_REQUEST }),
  decodeResponse,
});

const inferring = (path: string): Endpoint => ({
  name: `POST ${path}`,
  method: "POST",
  path,
  query: {},
  body: "tensors",
  answer: "tensors",
  decodeRequest,
  decodeResponse,
});

const ofModel = (base: string): readonly Endpoint[] => [
  inferring(`${base}/infer`),
  reading(base),
  reading(`${base}/ready`),
  reading(`${base}/config`),
  reading(`${base}/stats`),
];

/**
 * The Open Inference Protocol, version 2, as KServe, Triton, MLServer and others serve classical models, with the
 * binary tensor data extension. Source: https://github.com/kserve/open-inference-protocol
 */
export const INFERENCE_V2: Protocol = {
  id: "inference-v2",
  endpoints: [
    ...ofModel("/v2/models/{model}"),
    ...ofModel("/v2/models/{model}/versions/{version}"),
    reading("/v2"),
    reading("/v2/health/live"),
    reading("/v2/health/ready"),
  ],
  denied: [
    {
      path: /^\/v2\/(?:repository|systemsharedmemory|cudasharedmemory|trace|logging)(?:\/|$)/,
      message: "Loading models, sharing memory and settings of the server are denied here: they are its operator's.",
    },
  ],
  error: ({ message }) => JSON.stringify({ error: message }),
  credential: { header: "authorization", prefix: "Bearer " },
  headers: { forwarded: [], returned: [], account: [] },
};
