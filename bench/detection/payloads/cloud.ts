import type { Random } from "../company/random.ts";
import { seconds, type Signal } from "./signal.ts";

export const ACCOUNT = "123456789012";

/** Who calls: a role of a workload or of a person (`role/session`), or a user with a key of their own. */
export interface Caller {
  readonly role?: string;
  readonly session?: string;
  readonly user?: string;
  readonly key?: string;
}

const identityOf = ({ role, session = "session", user, key }: Caller) =>
  role === undefined
    ? {
        type: "IAMUser",
        principalId: `AIDA${user ?? ""}`,
        arn: `arn:aws:iam::${ACCOUNT}:user/${user ?? ""}`,
        accountId: ACCOUNT,
        accessKeyId: key ?? "AKIAEXAMPLE",
        userName: user,
      }
    : {
        type: "AssumedRole",
        principalId: `AROAEXAMPLE:${session}`,
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
        accountId: ACCOUNT,
        accessKeyId: key ?? `ASIA${role}`,
        sessionContext: {
          sessionIssuer: {
            type: "Role",
            principalId: "AROAEXAMPLE",
            arn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
            accountId: ACCOUNT,
            userName: role,
          },
          attributes: { mfaAuthenticated: "false" },
        },
      };

export const arnOf = (caller: Caller): string => identityOf(caller).arn;

export const cloudTrail = (
  atMs: number,
  random: Random,
  call: {
    readonly by: Caller;
    /** Service and operation: `iam:AttachRolePolicy`. */
    readonly call: string;
    readonly address: string;
    readonly userAgent?: string;
    readonly parameters?: Readonly<Record<string, unknown>> | undefined;
    readonly error?: string;
    readonly bytesOut?: number;
    readonly region?: string;
  },
): Signal => {
  const [service = "", name = ""] = call.call.split(":");
  const isData = service === "s3" && /^(?:Get|Put|Delete|Head)Object/.test(name);
  const isRead = /^(?:Get|List|Describe|Head|Lookup|Invoke|Converse)/.test(name);
  return {
    source: "cloudtrail",
    atMs,
    record: {
      eventVersion: "1.11",
      userIdentity: identityOf(call.by),
      eventTime: seconds(atMs),
      eventSource: `${service}.amazonaws.com`,
      eventName: name,
      awsRegion: call.region ?? "eu-central-1",
      sourceIPAddress: call.address,
      userAgent: call.userAgent ?? "Boto3/1.39.0",
      ...(call.error !== undefined && { errorCode: call.error, errorMessage: "not authorized" }),
      requestParameters: call.parameters ?? null,
      responseElements: null,
      ...(call.bytesOut !== undefined && {
        additionalEventData: { SignatureVersion: "SigV4", bytesTransferredIn: 0, bytesTransferredOut: call.bytesOut },
      }),
      requestID: random.uuid(),
      eventID: random.uuid(),
      readOnly: isRead,
      eventType: "AwsApiCall",
      managementEvent: !isData,
      recipientAccountId: ACCOUNT,
      eventCategory: isData ? "Data" : "Management",
    },
  };
};

export const bedrockInvocation = (
  atMs: number,
  random: Random,
  call: {
    readonly by: Caller;
    readonly model: string;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly text?: string;
    readonly error?: string;
  },
): Signal => ({
  source: "bedrock-invocation",
  atMs,
  record: {
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp: seconds(atMs),
    accountId: ACCOUNT,
    identity: { arn: arnOf(call.by) },
    region: "eu-central-1",
    requestId: random.uuid(),
    operation: "Converse",
    modelId: call.model,
    ...(call.error !== undefined && { errorCode: call.error }),
    input: {
      inputContentType: "application/json",
      inputBodyJson: { messages: [{ role: "user", content: [{ text: call.text ?? "Summarise the attached note." }] }] },
      inputTokenCount: call.inputTokens,
    },
    ...(call.error === undefined && {
      output: {
        outputContentType: "application/json",
        outputBodyJson: {
          output: { message: { role: "assistant", content: [{ text: "Done." }] } },
          stopReason: "end_turn",
          metrics: { latencyMs: Math.round(200 + call.outputTokens * 8) },
          usage: { inputTokens: call.inputTokens, outputTokens: call.outputTokens },
        },
        outputTokenCount: call.outputTokens,
      },
    }),
  },
});

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** One line of an S3 server access log. */
export const s3Line = (
  atMs: number,
  random: Random,
  call: {
    readonly bucket: string;
    readonly operation: string;
    readonly key: string;
    readonly by: string;
    readonly address: string;
    readonly bytes: number;
    readonly status?: number;
    readonly userAgent?: string;
  },
): Signal => {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()] ?? "Jan"}/${String(at.getUTCFullYear())}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
  const { bucket, operation, key, by, address, bytes, status = 200 } = call;
  const verb = operation.split(".")[1] ?? "GET";
  return {
    source: "object-store",
    atMs,
    record: `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be ${bucket} [${time}] ${address} ${by} ${random.hex(16).toUpperCase()} ${operation} ${key} "${verb} /${key} HTTP/1.1" ${String(status)} ${status < 400 ? "-" : "AccessDenied"} ${String(bytes)} ${String(bytes)} 40 30 "-" "${call.userAgent ?? "Boto3/1.39.0"}" - ${random.hex(20)} SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ${bucket}.s3.eu-central-1.amazonaws.com TLSv1.2 - -`,
  };
};
