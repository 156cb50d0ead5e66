import type { Finding, FindingStatus, GatewayKey, Mode, Role, SelfTestRun, Severity, TenantId } from "@parapet/model";
import type { Page } from "./event-store.ts";

export interface StoredKey extends GatewayKey {
  /** Keyed hash of the secret (HMAC-SHA-256, hex); the secret is nowhere. */
  readonly secretHash: string;
}

export interface StoredUser {
  readonly name: string;
  readonly tenant: TenantId;
  readonly role: Role;
  readonly tokenHash: string;
  readonly createdAt: string;
  readonly disabled: boolean;
}

export interface StoredSession {
  readonly idHash: string;
  readonly user: string;
  readonly csrf: string;
  readonly expiresAt: string;
}

/** A per-subject key, wrapped by the installation's key. Destroying the row is erasure. */
export interface SubjectKey {
  readonly tenant: TenantId;
  /** Keyed hash of the subject's name. */
  readonly subjectHash: string;
  readonly wrapped: string;
  readonly createdAt: string;
}

export interface OpenExchange {
  readonly tenant: TenantId;
  readonly exchange: string;
  readonly node: string;
  readonly boot: string;
  /** JSON of the `opened` record without text, enough to close it as `interrupted`. */
  readonly opened: string;
}

export interface FindingsFilter {
  readonly status?: FindingStatus | undefined;
  readonly severity?: Severity | undefined;
  readonly rule?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Findings, keys, users, overlays: small, transactional, every change durable when it resolves. */
export interface ControlStore {
  listKeys(tenant: TenantId): Promise<readonly StoredKey[]>;
  putKey(key: StoredKey): Promise<void>;

  listUsers(tenant: TenantId): Promise<readonly StoredUser[]>;
  findUserByTokenHash(tokenHash: string): Promise<StoredUser | undefined>;
  putUser(user: StoredUser): Promise<void>;
  /**
   * Disables or enables, and ends the sessions of whom it disables, in one transaction. `last` when nobody who is
   * enabled would be administrator any more: nothing changes then. Undefined when there is no such user.
   */
  setUserDisabled(tenant: TenantId, name: string, disabled: boolean): Promise<StoredUser | "last" | undefined>;

  putSession(session: StoredSession): Promise<void>;
  getSession(idHash: string): Promise<StoredSession | undefined>;
  deleteSession(idHash: string): Promise<void>;

  /** Newest `lastSeen` first. */
  listFindings(tenant: TenantId, filter: FindingsFilter): Promise<Page<Finding>>;
  getFinding(tenant: TenantId, id: string): Promise<Finding | undefined>;
  findOpenFinding(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  /** The last one of the rule and group, whatever its status. */
  findLastFinding(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  putFinding(tenant: TenantId, finding: Finding): Promise<void>;
  countOpenFindings(tenant: TenantId): Promise<number>;

  /** Route modes set in the console; they win over the file until removed. */
  listModeOverlays(
    tenant: TenantId,
  ): Promise<readonly { readonly route: string; readonly mode: Mode; readonly actor: string; readonly time: string }[]>;
  putModeOverlay(tenant: TenantId, route: string, mode: Mode, actor: string, time: string): Promise<void>;

  /** Upstream credentials, sealed; values never leave except through `getCredential`. */
  listCredentials(tenant: TenantId): Promise<readonly { readonly name: string; readonly updatedAt: string }[]>;
  getCredential(tenant: TenantId, name: string): Promise<string | undefined>;
  putCredential(tenant: TenantId, name: string, sealed: string, updatedAt: string): Promise<void>;

  getSubjectKey(tenant: TenantId, subjectHash: string): Promise<SubjectKey | undefined>;
  /** Adds those whose subject has none yet, in one transaction. A key that is there is never replaced. */
  addSubjectKeys(keys: readonly SubjectKey[]): Promise<void>;
  /** Erasure. Answers whether there was one. */
  deleteSubjectKey(tenant: TenantId, subjectHash: string): Promise<boolean>;

  openExchanges(node: string): Promise<readonly OpenExchange[]>;
  /** Adds and removes in one transaction. */
  changeOpenExchanges(add: readonly OpenExchange[], remove: readonly string[]): Promise<void>;

  /** Adds a run and deletes the oldest beyond `keep`. */
  putSelfTestRun(tenant: TenantId, run: SelfTestRun, keep: number): Promise<void>;
  /** Newest first. */
  listSelfTestRuns(tenant: TenantId, limit: number): Promise<readonly SelfTestRun[]>;
  getSelfTestRun(tenant: TenantId, id: string): Promise<SelfTestRun | undefined>;

  close(): Promise<void>;
}
