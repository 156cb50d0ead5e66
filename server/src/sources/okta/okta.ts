import type { Severity } from "@parapet/model";
import { decodedOf, kindOf } from "../draft.ts";
import { jsonSource, notOf } from "../json-source.ts";
import { at, firstText, listOf, textAt, timeOf, type Fields } from "../read.ts";
import type { Decoded } from "../source.ts";

const SIGN_INS =
  /^(?:user\.session\.start|user\.authentication\.|policy\.evaluate_sign_on|app\.oauth2\.(?:token\.grant|as\.token\.grant))/;
const ROLE_CHANGES =
  /^(?:user\.account\.privilege\.|group\.(?:privilege|user_membership)\.|application\.user_membership\.|iam\.(?:role|resourceset)\.|system\.api_token\.create|app\.oauth2\.(?:client|as)\.(?:lifecycle|consent)|user\.mfa\.factor\.(?:deactivate|reset_all))/;
const SEVERITIES: Readonly<Record<string, Severity>> = { WARN: "low", ERROR: "medium" };

const decode = (record: Fields, receivedAt: string): Decoded => {
  const type = textAt(record, "eventType");
  if (type === undefined) return notOf("Okta's system log", "eventType");
  const actor = record["actor"];
  const name = firstText(at(actor, "alternateId"), at(actor, "displayName"), at(actor, "id"));
  const kindOfActor = textAt(actor, "type") ?? "User";
  const target = listOf(record["target"]);
  return decodedOf(
    {
      time: timeOf(record["published"]) ?? receivedAt,
      kind: SIGN_INS.test(type) ? "sign_in" : ROLE_CHANGES.test(type) ? "role.change" : kindOf(type),
      severity: SEVERITIES[textAt(record, "severity") ?? ""],
      principal: name === undefined ? undefined : kindOfActor === "User" ? `user:${name}` : `service:${name}`,
      session: textAt(record, "authenticationContext", "externalSessionId"),
      key: textAt(record, "uuid"),
      known: {
        address: textAt(record, "client", "ipAddress"),
        user_agent: textAt(record, "client", "userAgent", "rawUserAgent"),
        action: type,
      },
      extra: {
        // Okta's `outcome` is an object and stays; these are names that public rules write in lower case.
        eventtype: type,
        displaymessage: textAt(record, "displayMessage"),
        legacyeventtype: textAt(record, "legacyEventType"),
        country: textAt(record, "client", "geographicalContext", "country"),
        "actor.alternateid": textAt(actor, "alternateId"),
        "target.displayname": target.map((one) => textAt(one, "displayName") ?? "").filter((text) => text !== ""),
        "securitycontext.isproxy": at(record, "securityContext", "isProxy"),
        "debugcontext.debugdata.behaviors": textAt(record, "debugContext", "debugData", "behaviors"),
      },
    },
    record,
  );
};

export const okta = jsonSource({
  id: "okta",
  title: "Okta",
  description:
    "Okta's system log: sign-ins, changes of roles, groups and applications, and every other event under its own type.",
  setup: [
    "Read the System Log API on a schedule and send what it answers, or stream it (Log Streaming to EventBridge, or an Event Hook) to `/ingest/okta`:",
    "```sh",
    'curl -H "authorization: SSWS $OKTA_TOKEN" "https://example.okta.com/api/v1/logs?since=2026-11-21T00:00:00Z" | curl -H "authorization: Bearer $PARAPET_SOURCE_KEY" --data-binary @- http://127.0.0.1:4100/ingest/okta',
    "```",
    "The same event sent twice is one event.",
  ].join("\n"),
  reference: "https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/",
  bindings: [
    { logsource: { product: "okta", service: "okta" }, source: "okta" },
    { logsource: { product: "ai", service: "identity" }, source: "okta" },
  ],
  lists: ["events", "Records", "logEvents"],
  decode: (record, { receivedAt }) => {
    // Event hooks wrap them in `data`, EventBridge in `detail`.
    const inner = record["detail"];
    const event = textAt(inner, "eventType") === undefined ? record : fieldsOrRecord(inner, record);
    return decode(event, receivedAt);
  },
});

const fieldsOrRecord = (inner: unknown, record: Fields): Fields =>
  typeof inner === "object" && inner !== null && !Array.isArray(inner) ? { ...inner } : record;
