import { principalOfArn } from "../aws.ts";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { at, firstText, numberAt, textAt, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";

const ROLE_CHANGES: ReadonlySet<string> = new Set([
  "AddUserToGroup",
  "AttachGroupPolicy",
  "AttachRolePolicy",
  "AttachUserPolicy",
  "CreateAccessKey",
  "CreateLoginProfile",
  "CreatePolicyVersion",
  "CreateServiceSpecificCredential",
  "DeleteRolePermissionsBoundary",
  "DeleteUserPermissionsBoundary",
  "PutGroupPolicy",
  "PutRolePolicy",
  "PutUserPolicy",
  "SetDefaultPolicyVersion",
  "UpdateAccessKey",
  "UpdateAssumeRolePolicy",
  "UpdateLoginProfile",
]);

const OBJECT_KINDS: Readonly<Record<string, string>> = {
  GetObject: "object.get",
  HeadObject: "object.head",
  SelectObjectContent: "object.get",
  PutObject: "object.put",
  CopyObject: "object.put",
  CompleteMultipartUpload: "object.put",
  DeleteObject: "object.delete",
  DeleteObjects: "object.delete",
  ListObjects: "object.list",
};

const decode = (record: Fields, receivedAt: string): Decoded => {
  const name = textAt(record, "eventName");
  const service = textAt(record, "eventSource");
  if (name === undefined || service === undefined) return notOf("CloudTrail", "eventName and eventSource");
  const parameters = record["requestParameters"];
  const error = firstText(record["errorCode"], at(record, "serviceEventDetails", "errorCode"));
  const failed = error !== undefined || textAt(record, "responseElements", "ConsoleLogin") === "Failure";
  const model = firstText(at(parameters, "modelId"), at(parameters, "modelIdentifier"));
  const source = textAt(record, "sourceIPAddress");
  return decodedOf(
    {
      time: timeOf(record["eventTime"]) ?? receivedAt,
      kind: kindOfCall(service, name),
      principal: principalOf(record["userIdentity"]),
      asset: assetOf(service, parameters, model),
      model,
      key: textAt(record, "eventID"),
      known: {
        // Calls that AWS makes for somebody name a service here, not an address.
        address: source?.includes("amazonaws.com") === true ? undefined : source,
        user_agent: textAt(record, "userAgent"),
        outcome: failed ? "failure" : "success",
        action: name,
        bytes: numberAt(record, "additionalEventData", "bytesTransferredOut"),
        file: service === "s3.amazonaws.com" ? textAt(parameters, "key") : undefined,
      },
    },
    record,
  );
};

const kindOfCall = (service: string, name: string): string => {
  if (name === "ConsoleLogin") return "sign_in";
  if (service === "iam.amazonaws.com" && ROLE_CHANGES.has(name)) return "role.change";
  if (service === "s3.amazonaws.com" && Object.hasOwn(OBJECT_KINDS, name)) return OBJECT_KINDS[name] ?? "api.call";
  return "api.call";
};

const principalOf = (identity: unknown): string | undefined => {
  const type = textAt(identity, "type");
  const arn = textAt(identity, "arn");
  const account = textAt(identity, "accountId");
  const name = textAt(identity, "userName");
  if (account === "ANONYMOUS_PRINCIPAL") return "anonymous";
  if (type === "Root") return `user:root@${account ?? "unknown"}`;
  if (type === "AssumedRole" && arn !== undefined) return principalOfArn(arn);
  if (type === "AWSService") return `service:${textAt(identity, "invokedBy") ?? "aws"}`;
  if (type === "IdentityCenterUser")
    return `user:${firstText(at(identity, "onBehalfOf", "userId"), name) ?? "unknown"}`;
  if (name !== undefined) return `user:${name}`;
  const other = firstText(arn, at(identity, "principalId"), account);
  return other === undefined ? undefined : `service:${other}`;
};

const assetOf = (service: string, parameters: unknown, model: string | undefined): string | undefined => {
  const bucket = textAt(parameters, "bucketName");
  if (service === "s3.amazonaws.com" && bucket !== undefined) return `bucket:${bucket}`;
  if (model !== undefined) return `model:${model}`;
  const endpoint = textAt(parameters, "endpointName");
  if (endpoint !== undefined) return `endpoint:${endpoint}`;
  const registered = firstText(
    at(parameters, "modelName"),
    at(parameters, "modelPackageName"),
    at(parameters, "modelPackageArn"),
    at(parameters, "modelPackageGroupName"),
    at(parameters, "customModelName"),
  );
  return registered === undefined ? undefined : `model:${registered}`;
};

export const cloudtrail = jsonSource({
  id: "cloudtrail",
  title: "AWS CloudTrail",
  description:
    "Management and data events of an AWS account: IAM, STS, Bedrock, SageMaker, S3. Public Sigma rules for `aws`/`cloudtrail` read them unchanged.",
  setup: [
    "Create a trail with management events and data events for `AWS::S3::Object` of your model and dataset buckets, `AWS::SageMaker::Endpoint`, and `AWS::Bedrock::AgentAlias`, `KnowledgeBase`, `FlowAlias`, `Guardrail` and `Prompt`. Then let Parapet read the trail's bucket (transport `s3`), or send the objects:",
    "```sh",
    'curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" --data-binary @trail.json http://127.0.0.1:4100/ingest/cloudtrail',
    "```",
    "`InvokeModel` and `Converse` are management events without bodies: for what was said take `bedrock-invocation` too.",
  ].join("\n"),
  reference:
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
  bindings: [
    { logsource: { product: "aws", service: "cloudtrail" }, source: "cloudtrail" },
    { logsource: { product: "ai", service: "identity" }, source: "cloudtrail" },
    { logsource: { product: "ai", service: "object_store" }, source: "cloudtrail", kinds: ["object.*"] },
  ],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
