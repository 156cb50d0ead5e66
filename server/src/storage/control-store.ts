import type {
  Finding,
  FindingException,
  FindingStatus,
  GatewayKey,
  Link,
  Mode,
  Role,
  SelfTestRun,
  Severity,
  TenantId,
} from "@parapet/model";
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

/** A record of a source that could not be read, and why. */
export interface DeadLetter {
  readonly tenant: TenantId;
  /** The same for the same record of the same feed. */
  readonly id: string;
  readonly feed: string;
  /** When it came last. */
  readonly time: string;
  readonly reason: string;
  /** The record as it came, or its beginning: sealed, base64. */
  readonly sealed: string;
  /** Length of the record as it came. */
  readonly bytes: number;
  /** What reading it again begins with; `none` where only a part was kept. */
  readonly replay: "split" | "decode" | "none";
}

/** Something that detection remembers: a baseline, an anomaly, a drift, a change. One per kind and id. */
export interface Note {
  readonly kind: string;
  readonly id: string;
  /** Whom it is about, as its dimension and id: `principal user:ada`; empty when nobody. */
  readonly subject: string;
  /** RFC 3339, what lists are sorted by and what goes out of date. */
  readonly time: string;
  /** JSON; who reads it parses it. */
  readonly data: unknown;
}

export interface NotesFilter {
  readonly ids?: readonly string[];
  readonly subject?: string;
  readonly since?: string;
  readonly limit?: number;
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
  /** The one that takes up another occurrence: the newest of this rule and group that is not resolved. */
  findFindingOf(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  /** The last one of the rule and group, whatever its status. */
  findLastFinding(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  putFinding(tenant: TenantId, finding: Finding): Promise<void>;
  countOpenFindings(tenant: TenantId): Promise<number>;
  /** Open ones, highest score first, then last seen first. */
  queueFindings(tenant: TenantId, limit: number): Promise<readonly Finding[]>;
  /** Findings that began since then and were not accepted by an exception. */
  countNewFindings(tenant: TenantId, sinceMs: number): Promise<number>;
  /** What is needed to judge rules, of all findings last seen since then. */
  judgedFindings(
    tenant: TenantId,
    sinceMs: number,
  ): Promise<readonly Pick<Finding, "rule" | "status" | "firstSeen" | "lastSeen" | "exception">[]>;

  /** Soonest to expire first; those that expired before `nowMs` are left out. */
  listExceptions(tenant: TenantId, nowMs: number): Promise<readonly FindingException[]>;
  putException(tenant: TenantId, exception: FindingException): Promise<void>;
  /** Answers whether there was one. */
  deleteException(tenant: TenantId, id: string): Promise<boolean>;

  /** Route modes set in the console; they win over the file until removed. */
  listModeOverlays(
    tenant: TenantId,
  ): Promise<readonly { readonly route: string; readonly mode: Mode; readonly actor: string; readonly time: string }[]>;
  putModeOverlay(tenant: TenantId, route: string, mode: Mode, actor: string, time: string): Promise<void>;

  /** Upstream credentials, sealed; values never leave except through `getCredential`. */
  listCredentials(tenant: TenantId): Promise<readonly { readonly name: string; readonly updatedAt: string }[]>;
  getCredential(tenant: TenantId, name: string): Promise<string | undefined>;
  putCredential(tenant: TenantId, name: string, sealed: string, updatedAt: string): Promise<void>;

  /** Most recently seen first. */
  listLinks(tenant: TenantId, limit: number): Promise<readonly Link[]>;
  /** Adds, or moves when they were seen; in one transaction. May be repeated. */
  putLinks(tenant: TenantId, links: readonly Link[]): Promise<void>;
  /** Removes links not seen since then, and those that have this name; answers how many. */
  deleteLinks(tenant: TenantId, of: { readonly seenBefore?: string; readonly name?: string }): Promise<number>;

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

  /** Adds, or brings the time and reason up to date, and deletes the oldest of each feed beyond `keep`; answers how many were deleted. */
  putDeadLetters(letters: readonly DeadLetter[], keep: number): Promise<number>;
  /** Newest first. */
  listDeadLetters(
    tenant: TenantId,
    feed: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<DeadLetter>>;
  countDeadLetters(tenant: TenantId, feed: string): Promise<number>;
  /** All of the feed when `ids` is left out; answers how many there were. */
  deleteDeadLetters(tenant: TenantId, feed: string, ids?: readonly string[]): Promise<number>;
  /** Deletes those that came last before then. */
  forgetDeadLetters(before: string): Promise<void>;

  /** What a feed remembers under a name: its counters, where a transport stands. Undefined when nothing. */
  getFeedState(tenant: TenantId, feed: string, name: string): Promise<string | undefined>;
  /** All names that begin with `prefix`. */
  listFeedStates(
    tenant: TenantId,
    feed: string,
    prefix: string,
  ): Promise<readonly { readonly name: string; readonly value: string }[]>;
  /** An empty value forgets. */
  putFeedState(tenant: TenantId, feed: string, name: string, value: string): Promise<void>;
  /** Adds or replaces, in one transaction. */
  putNotes(tenant: TenantId, notes: readonly Note[]): Promise<void>;
  /** Newest first. */
  listNotes(tenant: TenantId, kind: string, filter?: NotesFilter): Promise<readonly Note[]>;
  /** Deletes those of a kind with these ids, or that are older; of every kind those about somebody. */
  deleteNotes(
    tenant: TenantId,
    which:
      | { readonly kind: string; readonly ids: readonly string[] }
      | { readonly kind: string; readonly before: string }
      | { readonly subject: string },
  ): Promise<void>;

  close(): Promise<void>;
}
