import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration, TelemetryRecord, type SourceConfiguration } from "@parapet/model";
import { fakeClock, silentLogger, type FakeClock } from "#platform";
import { SOURCES } from "#sources";
import {
  faultyFiles,
  nodeFiles,
  openFileSpool,
  openSqliteControlStore,
  type ControlStore,
  type Faults,
  type Spool,
} from "#storage";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { createFeeds, type FeedNote, type Feeds } from "./feeds.ts";
import { createIntake, type Intake } from "./intake.ts";
import { createSeenIds } from "./seen-ids.ts";

/** Everything behind the door of ingest, on disk, with a clock that is set by hand. */
export interface IngestPlace extends AsyncDisposable {
  readonly directory: string;
  readonly clock: FakeClock;
  readonly faults: Faults;
  readonly spool: Spool;
  readonly control: ControlStore;
  readonly feeds: Feeds;
  readonly intake: Intake;
  readonly deadLetters: DeadLetters;
  readonly notes: FeedNote[];
  /** Everything that is durable now. */
  readonly records: () => Promise<readonly TelemetryRecord[]>;
}

export const CREDENTIAL = "source-credential-0123456789";

/** Sources as `parapet.yaml` has them; all present the same credential. */
export const makeIngestPlace = async (
  sources: readonly (Partial<SourceConfiguration> & { readonly id: string })[] = [{ id: "events" }],
): Promise<IngestPlace> => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-ingest-"));
  const faults: Faults = {};
  const clock = fakeClock();
  const spool = await openFileSpool({
    directory: join(directory, "spool"),
    key: Buffer.alloc(32, 1),
    bytesMax: 1e8,
    segmentBytes: 1e7,
    files: faultyFiles(nodeFiles, faults),
  });
  const control = openSqliteControlStore(join(directory, "control.db"));
  const notes: FeedNote[] = [];
  const configuration = Configuration.parse({
    sources: sources.map((source) => ({ kind: "json", credential: "${SOURCE_KEY}", ...source })),
  });
  const feeds = await createFeeds({
    sources: configuration.sources,
    catalogue: SOURCES,
    credential: () => CREDENTIAL,
    control,
    clock,
    note: (note) => notes.push(note),
    logger: silentLogger,
  });
  const deadLetters = createDeadLetters(control, Buffer.alloc(32, 2), clock);
  const intake = createIntake({ spool, deadLetters, seen: createSeenIds(1_000), clock, logger: silentLogger });
  return {
    directory,
    clock,
    faults,
    spool,
    control,
    feeds,
    intake,
    deadLetters,
    notes,
    records: async () => {
      const found: TelemetryRecord[] = [];
      let cursor: string | undefined;
      for (;;) {
        const read = await spool.read(cursor, 1_000);
        const last = read.at(-1);
        if (last === undefined) return found;
        cursor = last.next;
        found.push(...read.map(({ json }) => TelemetryRecord.parse(JSON.parse(json))));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await spool.close();
      await control.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
