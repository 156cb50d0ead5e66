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
  DROP INDEX findings_open;
  CREATE INDEX findings_of_group ON findings (tenant, rule, group_key) WHERE status != 'resolved';
  ALTER TABLE findings ADD COLUMN score INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(data ->> '$.score', 0)) VIRTUAL;
  CREATE INDEX findings_queue ON findings (tenant, score, last_seen)
    WHERE status IN ('new', 'triaged', 'in_progress');
  CREATE TABLE links (
    tenant TEXT NOT NULL, one TEXT NOT NULL, other TEXT NOT NULL, rule TEXT NOT NULL,
    confidence REAL NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
    PRIMARY KEY (tenant, one, other, rule)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX links_by_time ON links (tenant, last_seen);
  CREATE TABLE finding_exceptions (
    tenant TEXT NOT NULL, id TEXT NOT NULL, expires_at TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  `,
  `
  CREATE TABLE dead_letters (
    tenant TEXT NOT NULL, feed TEXT NOT NULL, id TEXT NOT NULL, time TEXT NOT NULL, reason TEXT NOT NULL,
    sealed TEXT NOT NULL, bytes INTEGER NOT NULL, replay TEXT NOT NULL,
    PRIMARY KEY (tenant, feed, id)
  ) STRICT;
  CREATE INDEX dead_letters_by_time ON dead_letters (tenant, feed, time, id);
  CREATE TABLE feed_states (
    tenant TEXT NOT NULL, feed TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (tenant, feed, name)
  ) STRICT;
  `,
  `
  CREATE TABLE notes (
    tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
  ) STRICT;
  CREATE INDEX notes_by_time ON notes (tenant, kind, time);
  CREATE INDEX notes_by_subject ON notes (tenant, subject);
  `,
  `
  CREATE INDEX findings_by_group ON findings (tenant, rule, group_key, last_seen);
  `,
  `
  CREATE TABLE approvals (
    tenant TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, request_digest TEXT NOT NULL, state TEXT NOT NULL,
    created_at TEXT NOT NULL, expires_at TEXT NOT NULL, principal TEXT NOT NULL, revision INTEGER NOT NULL,
    data TEXT NOT NULL, content TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  CREATE INDEX approvals_by_time ON approvals (tenant, created_at, id);
  CREATE INDEX approvals_alive ON approvals (tenant, digest, expires_at)
    WHERE state IN ('pending', 'approved', 'denied');
  CREATE INDEX approvals_of_request ON approvals (tenant, request_digest, expires_at)
    WHERE state IN ('pending', 'approved', 'denied');
  `,
];
