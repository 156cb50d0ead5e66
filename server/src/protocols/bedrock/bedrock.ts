import { refusal as messageRefusal } from "../anthropic/answers.ts";
import { type Endpoint, type Protocol } from "../protocol.ts";
import { errorBody, refusal, refusalStream } from "./answers.ts";
import { decodeRequest, decodeResponse, decodeStreamRequest } from "./decode.ts";
import {
  createInvokeStreamDecoder,
  decodeInvokeRequest,
  decodeInvokeResponse,
  decodeInvokeStreamRequest,
} from "./invoke.ts";
import { isKeyPair, regionOf, signedHeaders } from "./sign.ts";
import { createStreamDecoder } from "./stream-decoder.ts";

const sending = (
  operation: string,
  rest: Pick<Endpoint, "decodeRequest" | "decodeResponse"> & Partial<Endpoint>,
): Endpoint => ({
  name: `POST /model/{model}/${operation}`,
  method: "POST",
  path: `/model/{model%}/${operation}`,
  query: {},
  body: "json",
  ...rest,
});

/** The runtime of AWS Bedrock: conversations and models' own bodies, plain and as binary event streams. */
export const BEDROCK: Protocol = {
  id: "bedrock",
  endpoints: [
    sending("converse", { decodeRequest, decodeResponse, refusal }),
    sending("converse-stream", {
      decodeRequest: decodeStreamRequest,
      decodeResponse,
      framing: "event-stream",
      streamDecoder: createStreamDecoder,
      refusal,
      refusalStream,
    }),
    sending("invoke", {
      decodeRequest: decodeInvokeRequest,
      decodeResponse: decodeInvokeResponse,
      refusal: messageRefusal,
    }),
    sending("invoke-with-response-stream", {
      decodeRequest: decodeInvokeStreamRequest,
      decodeResponse: decodeInvokeResponse,
      framing: "event-stream",
      streamDecoder: createInvokeStreamDecoder,
    }),
  ],
  error: errorBody,
  credential: {
    header: "authorization",
    prefix: "Bearer ",
    also: ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"],
    sign: ({ credential, callerAuthorization, ...request }) =>
      isKeyPair(credential)
        ? signedHeaders({ ...request, credential, region: regionOf(request.url.host, callerAuthorization) })
        : undefined,
  },
  headers: {
    forwarded: [
      "x-amzn-bedrock-accept",
      "x-amzn-bedrock-trace",
      "x-amzn-bedrock-guardrailidentifier",
      "x-amzn-bedrock-guardrailversion",
      "x-amzn-bedrock-performanceconfig-latency",
      "x-amzn-bedrock-service-tier",
    ],
    returned: [
      "x-amzn-requestid",
      "x-amzn-errortype",
      "x-amzn-bedrock-content-type",
      "x-amzn-bedrock-input-token-count",
      "x-amzn-bedrock-output-token-count",
      "x-amzn-bedrock-invocation-latency",
      "x-amzn-bedrock-performanceconfig-latency",
      "x-amzn-bedrock-service-tier",
    ],
    account: [],
  },
};
