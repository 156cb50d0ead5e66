/**
 * Migrations of the control store, oldest first. Only append: each runs once and in order.
 * `data` holds the whole object as JSON; the other columns are what is looked up by.
 */
export const CONTROL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE keys (
    tenant TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  CREATE TABLE users (
    tenant TEXT NOT NULL, name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, data TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) STRICT;
  CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY, expires_at TEXT NOT NULL, data TEXT NOT NULL
  ) STRICT;
  CREATE TABLE findings (
    tenant TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, group_key TEXT NOT NULL,
    status TEXT NOT NULL, severity TEXT NOT NULL, last_seen TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  CREATE INDEX findings_by_time ON findings (tenant, last_seen, id);
  CREATE INDEX findings_open ON findings (tenant, rule, group_key)
    WHERE status IN ('new', 'triaged', 'in_progress');
  CREATE TABLE mode_overlays (
    tenant TEXT NOT NULL, route TEXT NOT NULL, mode TEXT NOT NULL, actor TEXT NOT NULL, time TEXT NOT NULL,
    PRIMARY KEY (tenant, route)
  ) STRICT;
  CREATE TABLE credentials (
    tenant TEXT NOT NULL, name TEXT NOT NULL, sealed TEXT NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) STRICT;
  CREATE TABLE subject_keys (
    tenant TEXT NOT NULL, subject_hash TEXT NOT NULL, wrapped TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (tenant, subject_hash)
  ) STRICT;
  CREATE TABLE open_exchanges (
    exchange TEXT PRIMARY KEY, tenant TEXT NOT NULL, node TEXT NOT NULL, boot TEXT NOT NULL, opened TEXT NOT NULL
  ) STRICT;
  CREATE INDEX open_exchanges_by_node ON open_exchanges (node);
  `,
  `
  CREATE TABLE self_test_runs (
    tenant TEXT NOT NULL, id TEXT NOT NULL, started_at TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  CREATE INDEX self_test_runs_by_time ON self_test_runs (tenant, started_at, id);
  `,
  `
  CREATE INDEX findings_by_group ON findings (tenant, rule, group_key, last_seen);
  `,
];
