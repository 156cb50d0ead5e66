import type { Random } from "../company/random.ts";
import { iso, type Signal } from "./signal.ts";

export interface SignIn {
  readonly mail: string;
  readonly address: string;
  /** ISO 3166 code, and its name. */
  readonly country: string;
  readonly countryName: string;
  readonly ok: boolean;
  readonly reason?: string;
  readonly agent?: string;
  readonly proxy?: boolean;
}

const BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";

export const oktaEvent = (
  atMs: number,
  random: Random,
  event: {
    readonly type: string;
    readonly mail: string;
    readonly address: string;
    readonly countryName?: string;
    readonly ok?: boolean;
    readonly reason?: string;
    readonly agent?: string;
    readonly proxy?: boolean;
    readonly target?: string;
    readonly detail?: Readonly<Record<string, string>>;
  },
): Signal => ({
  source: "okta",
  atMs,
  record: {
    uuid: random.uuid(),
    published: iso(atMs),
    eventType: event.type,
    version: "0",
    severity: event.ok === false ? "WARN" : "INFO",
    displayMessage: event.type,
    actor: { id: `00u${event.mail}`, type: "User", alternateId: event.mail, displayName: event.mail },
    client: {
      userAgent: { rawUserAgent: event.agent ?? BROWSER, os: "Mac OS X", browser: "CHROME" },
      zone: "null",
      device: "Computer",
      ipAddress: event.address,
      ...(event.countryName !== undefined && { geographicalContext: { country: event.countryName } }),
    },
    outcome: { result: event.ok === false ? "FAILURE" : "SUCCESS", reason: event.reason ?? null },
    target:
      event.target === undefined
        ? []
        : [{ id: `00u${event.target}`, type: "User", alternateId: event.target, displayName: event.target }],
    debugContext: { debugData: { requestId: random.hex(12), ...event.detail } },
    authenticationContext: { externalSessionId: `102${random.hex(8)}`, authenticationStep: 0 },
    securityContext: { asNumber: 64_500, isp: "example", isProxy: event.proxy ?? false },
    request: { ipChain: [] },
  },
});

export const oktaSignIn = (atMs: number, random: Random, { reason, ...one }: SignIn): Signal =>
  oktaEvent(atMs, random, {
    type: "user.session.start",
    ...one,
    ...(!one.ok && { reason: reason ?? "INVALID_CREDENTIALS" }),
  });

export const entraSignIn = (atMs: number, random: Random, one: SignIn): Signal => ({
  source: "entra",
  atMs,
  record: {
    time: iso(atMs),
    resourceId: "/tenants/t1/providers/Microsoft.aadiam",
    operationName: "Sign-in activity",
    category: "SignInLogs",
    tenantId: "t1",
    resultType: one.ok ? "0" : "50126",
    resultDescription: one.ok ? "" : "Invalid username or password.",
    durationMs: 0,
    callerIpAddress: one.address,
    correlationId: random.uuid(),
    location: one.country,
    properties: {
      id: random.uuid(),
      createdDateTime: iso(atMs),
      userPrincipalName: one.mail,
      userId: one.mail,
      appId: "04b0",
      appDisplayName: "Office 365",
      ipAddress: one.address,
      status: { errorCode: one.ok ? 0 : 50_126 },
      clientAppUsed: "Browser",
      userAgent: one.agent ?? BROWSER,
      location: { countryOrRegion: one.country },
      riskLevelAggregated: "none",
      riskState: "none",
      authenticationRequirement: "multiFactorAuthentication",
      resourceDisplayName: "Office 365 Exchange Online",
    },
  },
});

/** What somebody changed in the directory. */
export const entraAudit = (
  atMs: number,
  random: Random,
  change: {
    readonly activity: string;
    readonly category: string;
    readonly by: string;
    readonly address: string;
    readonly target: string;
    readonly targetType?: string;
    readonly value?: string;
  },
): Signal => ({
  source: "entra",
  atMs,
  record: {
    time: iso(atMs),
    resourceId: "/tenants/t1/providers/Microsoft.aadiam",
    operationName: change.activity,
    category: "AuditLogs",
    tenantId: "t1",
    resultType: "",
    correlationId: random.uuid(),
    properties: {
      id: `Directory_${random.hex(12)}`,
      category: change.category,
      result: "success",
      activityDisplayName: change.activity,
      activityDateTime: iso(atMs),
      loggedByService: "Core Directory",
      operationType: "Assign",
      initiatedBy: { user: { id: change.by, userPrincipalName: change.by, ipAddress: change.address } },
      targetResources: [
        {
          id: random.hex(8),
          displayName: change.target,
          type: change.targetType ?? "ServicePrincipal",
          modifiedProperties:
            change.value === undefined
              ? []
              : [{ displayName: "Role.DisplayName", oldValue: null, newValue: JSON.stringify(change.value) }],
        },
      ],
    },
  },
});
