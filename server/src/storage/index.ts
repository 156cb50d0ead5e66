/**
 * Where everything durable lives: the ports, and the embedded engines behind them. The rest of Parapet knows
 * the ports only; `compose` chooses the engines.
 *
 * It must not know what a detector, a policy or a finding means, and nothing outside builds SQL or a path.
 * Invariant: what a port says is durable when it resolves survives `kill -9`; what cannot be made durable rejects.
 */
export { SpoolDamaged, SpoolUnavailable } from "./spool.ts";
export type { Spool, SpoolCursor, SpooledRecord, SpoolStatus } from "./spool.ts";
export type {
  ApprovalsFilter,
  ControlStore,
  DeadLetter,
  FindingsFilter,
  Note,
  NotesFilter,
  OpenExchange,
  StoredApproval,
  StoredKey,
  StoredSession,
  StoredUser,
  SubjectKey,
} from "./control-store.ts";
export type {
  EventCondition,
  EventNames,
  EventStore,
  ExchangeRow,
  HourlyQuery,
  SampleQuery,
  SeenValue,
  Hit,
  HitsQuery,
  HuntCounts,
  HuntScope,
  ModePreviewRow,
  Page,
  RuleActivity,
  SeenAgent,
  SqlValues,
  StoreOverview,
} from "./event-store.ts";
export type { LedgerStore } from "./ledger-store.ts";
export type { SharedState } from "./shared-state.ts";
export { openFileSpool, type FileSpoolOptions } from "./embedded/file-spool.ts";
export { nodeFiles, type FileLayer, type SpoolFile } from "./embedded/spool-files.ts";
export { faultyFiles, type Faults } from "./embedded/faulty-files.ts";
export { openSqliteControlStore } from "./embedded/sqlite-control-store.ts";
export { openMemorySharedState } from "./embedded/memory-shared-state.ts";
export { openSqliteSharedState } from "./embedded/sqlite-shared-state.ts";
export { openSqliteLedgerStore } from "./embedded/sqlite-ledger-store.ts";
export { openChdbEventStore, type ChdbEventStoreOptions } from "./embedded/chdb-event-store.ts";
export { EVENT_WORDS } from "./embedded/chdb-schema.ts";
export { parseWhere, type WhereTerm } from "./embedded/where.ts";
