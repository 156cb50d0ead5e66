import type { Severity } from "@parapet/model";
import { decodedOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { at, fieldsOf, firstText, isFields, numberOf, textAt, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";

const ROLE_CHANGE =
  /role|consent|app ?role|credential|owner|password|secret|delegation|permission grant|conditional access policy/i;
const RISKS: Readonly<Record<string, Severity>> = { low: "low", medium: "medium", high: "high" };

const decode = (record: Fields, receivedAt: string): Decoded => {
  // Diagnostic settings put the event into `properties`; Microsoft Graph gives it bare.
  const properties = isFields(record["properties"]) ? record["properties"] : record;
  const category = textAt(record, "category") ?? "";
  if (category === "AuditLogs" || properties["activityDisplayName"] !== undefined)
    return audit(record, properties, receivedAt);
  if (category.endsWith("SignInLogs") || properties["createdDateTime"] !== undefined)
    return signIn(record, properties, receivedAt);
  return category === ""
    ? notOf("Entra ID", "category, activityDisplayName or createdDateTime")
    : decodedOf(
        { time: timeOf(record["time"]) ?? receivedAt, kind: "directory.event", known: { action: category } },
        record,
      );
};

const signIn = (record: Fields, properties: Fields, receivedAt: string): Decoded => {
  const code = firstText(record["resultType"], at(properties, "status", "errorCode"));
  const user = firstText(properties["userPrincipalName"]);
  const service = firstText(properties["servicePrincipalName"], properties["appId"]);
  const risk = firstText(properties["riskLevelAggregated"], properties["riskLevelDuringSignIn"]);
  const failed = code !== undefined && code !== "0";
  return decodedOf(
    {
      time: timeOf(properties["createdDateTime"] ?? record["time"]) ?? receivedAt,
      kind: "sign_in",
      severity: Object.hasOwn(RISKS, risk ?? "") ? RISKS[risk ?? ""] : undefined,
      principal: user === undefined ? service && `service:${service}` : `user:${user.toLowerCase()}`,
      session: firstText(properties["sessionId"]),
      key: firstText(properties["id"]),
      known: {
        address: firstText(properties["ipAddress"], record["callerIpAddress"]),
        user_agent: firstText(properties["userAgent"]),
        outcome: failed ? "failure" : "success",
        latencyMs: numberOf(record["durationMs"]),
        action: firstText(properties["appDisplayName"]),
      },
      extra: {
        // Names of the Log Analytics tables, which public rules for `signinlogs` are written in.
        ResultType: code,
        ResultDescription: firstText(record["resultDescription"], at(properties, "status", "failureReason")),
        Status: failed ? "Failure" : "Success",
        Category: textAt(record, "category"),
        OperationName: textAt(record, "operationName"),
        AppId: firstText(properties["appId"]),
        AppDisplayName: firstText(properties["appDisplayName"]),
        ClientApp: firstText(properties["clientAppUsed"]),
        ResourceDisplayName: firstText(properties["resourceDisplayName"]),
        AuthenticationRequirement: firstText(properties["authenticationRequirement"]),
        UserPrincipalName: user,
        Username: user,
        RiskLevelAggregated: risk,
        RiskState: firstText(properties["riskState"]),
        Location: firstText(at(properties, "location", "countryOrRegion"), record["location"]),
        country: firstText(at(properties, "location", "countryOrRegion"), record["location"]),
      },
    },
    record,
  );
};

const audit = (record: Fields, properties: Fields, receivedAt: string): Decoded => {
  const activity = firstText(properties["activityDisplayName"], record["operationName"]) ?? "";
  const category = firstText(properties["category"]) ?? "";
  const by = properties["initiatedBy"];
  const user = firstText(at(by, "user", "userPrincipalName"), at(by, "user", "displayName"), at(by, "user", "id"));
  const app = firstText(at(by, "app", "servicePrincipalName"), at(by, "app", "displayName"), at(by, "app", "appId"));
  return decodedOf(
    {
      time: timeOf(properties["activityDateTime"] ?? record["time"]) ?? receivedAt,
      kind: category === "RoleManagement" || ROLE_CHANGE.test(activity) ? "role.change" : "directory.change",
      principal: user === undefined ? app && `service:${app}` : `user:${user.toLowerCase()}`,
      key: firstText(properties["id"]),
      known: {
        address: firstText(at(by, "user", "ipAddress"), record["callerIpAddress"]),
        user_agent: firstText(at(by, "user", "userAgent")),
        outcome: /^(?:success|0)$/i.test(firstText(properties["result"], record["resultType"]) ?? "success")
          ? "success"
          : "failure",
        action: activity,
      },
      extra: {
        ActivityDisplayName: activity,
        OperationName: firstText(properties["operationName"], record["operationName"]) ?? activity,
        ActivityType: firstText(properties["operationType"]),
        Category: category,
        LoggedByService: firstText(properties["loggedByService"]),
        Initiatedby: user ?? app,
        Result: firstText(properties["result"]),
        ...("message" in fieldsOf(record["properties"]) ? {} : { "properties.message": activity }),
      },
    },
    record,
  );
};

export const entra = jsonSource({
  id: "entra",
  title: "Microsoft Entra ID",
  description:
    "Sign-ins (people, service principals, managed identities) and directory audit: roles, consents, credentials. From diagnostic settings or Microsoft Graph.",
  setup: [
    "Entra admin centre → Monitoring → Diagnostic settings: send `SignInLogs`, `NonInteractiveUserSignInLogs`, `ServicePrincipalSignInLogs`, `ManagedIdentitySignInLogs` and `AuditLogs` to an Event Hub, and let Parapet consume it over Kafka (transport `kafka`; Event Hubs speak its protocol). Or send what Microsoft Graph answers:",
    "```sh",
    'az rest --url "https://graph.microsoft.com/v1.0/auditLogs/directoryAudits" | curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" --data-binary @- http://127.0.0.1:4100/ingest/entra',
    "```",
  ].join("\n"),
  reference:
    "https://learn.microsoft.com/en-us/entra/identity/monitoring-health/concept-diagnostic-settings-logs-options",
  bindings: [
    { logsource: { product: "ai", service: "identity" }, source: "entra" },
    { logsource: { product: "azure", service: "signinlogs" }, source: "entra", kinds: ["sign_in"] },
    { logsource: { product: "azure", service: "auditlogs" }, source: "entra", kinds: ["role.change", "directory.*"] },
  ],
  lists: ["records", "value"],
  decode: (record, { receivedAt }) => decode(record, receivedAt),
});
