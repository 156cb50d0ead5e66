import type {
  Finding,
  FindingException,
  FindingStatus,
  GatewayKey,
  Link,
  Mode,
  Role,
  ApprovalState,
  SelfTestRun,
  Severity,
  TenantApproval,
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

/** An approval as the store keeps it: with what stands in it, sealed, and the response that waits for it. */
export interface StoredApproval {
  readonly approval: TenantApproval;
  /** Of the request that led to it: who asks the same again gets what waits. Empty where there is none. */
  readonly requestDigest: string;
  /** Grows with each change; a change names the one that it was made from. */
  readonly revision: number;
  /** Sealed, base64; empty when erased. */
  readonly content: string;
  /** Sealed, base64; empty where no response waits. */
  readonly answer: string;
}

export interface ApprovalsFilter {
  readonly state?: ApprovalState | undefined;
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
  /** The one that takes up another occurrence: the newest of this rule and group that is not resolved. */
  findFindingOf(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  /** The last one of the rule and group, whatever its status. */
  findLastFinding(tenant: TenantId, rule: string, groupKey: string): Promise<Finding | undefined>;
  /** What was decided about it since it was read stands; see `keepDecisions`. */
  putFinding(tenant: TenantId, finding: Finding): Promise<void>;
  /** All or none of them, in one write, each as by `putFinding`. */
  putFindings(tenant: TenantId, findings: readonly Finding[]): Promise<void>;
  /** A decision, made on the finding as it is stored, with nothing in between. Undefined where there is none, or none is made. */
  changeFinding(
    tenant: TenantId,
    id: string,
    change: (finding: Finding) => Finding | undefined,
  ): Promise<Finding | undefined>;
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

  /**
   * Adds one, in one transaction. When one of the same digest is alive (pending, approved or denied, and not expired at
   * `createdAt`) nothing is added and that one is answered; `full` when `pendingMax` wait already, or `pendingOfOne` of
   * the same principal.
   */
  addApproval(
    stored: StoredApproval,
    bounds: { readonly pendingMax: number; readonly pendingOfOne: number },
  ): Promise<StoredApproval | "full">;
  getApproval(tenant: TenantId, id: string): Promise<StoredApproval | undefined>;
  /** Newest first. */
  listApprovals(tenant: TenantId, filter: ApprovalsFilter): Promise<Page<TenantApproval>>;
  /** Those alive at `now` (RFC 3339), oldest first. */
  findApprovals(
    tenant: TenantId,
    by: { readonly digests: readonly string[] } | { readonly requestDigest: string },
    now: string,
  ): Promise<readonly StoredApproval[]>;
  /** Request digests of all that are alive at `now` and have a response that waits, or were held as requests. */
  waitingRequests(now: string): Promise<readonly string[]>;
  /**
   * Writes all or none, in one transaction: none when one of them was changed since its `revision`. Answers whether it
   * was done; revisions are counted on.
   */
  changeApprovals(changed: readonly StoredApproval[]): Promise<boolean>;
  countApprovals(tenant: TenantId, state: ApprovalState): Promise<number>;
  /** Of every tenant: pending or approved, and expired at `now`; oldest first. */
  dueApprovals(now: string, limit: number): Promise<readonly StoredApproval[]>;
  /** Deletes decided ones made before `before`, and what stands in those made before `textBefore`. */
  retainApprovals(before: string, textBefore: string): Promise<void>;
  /** Erasure: what a principal's approvals say and who asked; answers how many there were. */
  forgetApprovals(tenant: TenantId, principal: string): Promise<number>;

  close(): Promise<void>;
}
