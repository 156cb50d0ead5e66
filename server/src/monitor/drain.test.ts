import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_TENANT, type SpoolRecord } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { createDrain, type DrainTools } from "./drain.ts";
import { createDetection } from "./detection.ts";
import { createDrainIntent } from "./drain-intent.ts";
import { createCheckpointing } from "./checkpoints.ts";
import { openWords } from "./sealed-words.ts";
import { silentLogger } from "#platform";
import {
  append,
  auditRecord,
  exchangeRecords,
  gatewayStarted,
  makePlace,
  rules,
  telemetryRecord,
  type OpenPlace,
  type Place,
} from "./monitor.fixture.ts";

class Killed extends Error {}

/** Tools that die at the `limit`-th step, before or after what the step does, and stay dead. */
const mortal = ({ tools }: OpenPlace, directory: string, limit: number) => {
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps > limit) throw new Killed();
  };
  const guard =
    <A extends unknown[], R>(run: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      step();
      const result = await run(...given);
      step();
      return result;
    };
  const { spool, events, control, ledger } = tools;
  const intent = createDrainIntent(join(directory, "drain.json"));
  const dying = {
    ...control,
    changeOpenExchanges: guard(control.changeOpenExchanges),
    putFindings: guard(control.putFindings),
    addSubjectKeys: guard(control.addSubjectKeys),
  };
  const dyingTools: DrainTools = {
    ...tools,
    spool: {
      append: guard((json) => spool.append(json)),
      offer: (json) => spool.offer(json),
      read: guard((cursor, max) => spool.read(cursor, max)),
      waitFor: (cursor, signal) => spool.waitFor(cursor, signal),
      trim: guard((cursor) => spool.trim(cursor)),
      status: () => spool.status(),
      close: () => spool.close(),
    },
    events: { ...events, insert: guard(events.insert) },
    control: dying,
    ledger: { ...ledger, append: guard(ledger.append) },
    intent: { ...intent, declare: guard(intent.declare) },
    detection: createDetection({ rules: () => rules, control: dying, assets: [], clock: tools.clock }),
  };
  return { tools: dyingTools, steps: () => steps };
};

/** Two lives of one gateway: what the first left open, and what the second did. */
const story = () => {
  const done = exchangeRecords({ principal: "user:ada" });
  const left = exchangeRecords({ principal: "user:bob" });
  const later = exchangeRecords({ principal: "user:ada", boot: "boot-2" });
  const elsewhere = exchangeRecords({ node: "node-2", boot: "boot-9" });
  const first: SpoolRecord[] = [
    gatewayStarted("boot-1"),
    telemetryRecord(),
    done.opened,
    elsewhere.opened,
    done.released,
    left.opened,
    done.closed,
    left.released,
    auditRecord("key.created"),
  ];
  const second: SpoolRecord[] = [gatewayStarted("boot-2"), later.opened, later.closed, auditRecord("key.created")];
  return { first, second, done, left, later, elsewhere };
};

const drainAll = async (place: Place): Promise<void> => {
  const opened = await place.open();
  await createDrain(opened.tools).stop();
  await opened.close();
};

const findingCounts = async ({ control }: OpenPlace) => {
  const { items } = await control.listFindings(DEFAULT_TENANT, { limit: 50 });
  return items.map(({ rule, count }) => `${rule} ${count}`).toSorted();
};

const expectStory = async (place: Place, told: ReturnType<typeof story>): Promise<void> => {
  const opened = await place.open();
  await createDrain(opened.tools).stop();
  const ids = place.events.events.map(({ id }) => id);
  const all = [...told.first, ...told.second];
  const appended = all.flatMap((record): string[] =>
    record.kind === "telemetry" ? record.events.map(({ id }) => id) : [record.id],
  );
  expect(new Set(ids).size, "no event twice").toBe(ids.length);
  for (const id of appended) expect(ids, "nothing lost").toContain(id);
  expect(ids.length, "one end for the exchange that was cut off").toBe(appended.length + 1);
  expect(await opened.store.size(), "one leaf per record").toBe(all.length + 1);
  const calls = place.events.events.filter(({ kind }) => kind === "exchange.closed" || kind === "gen_ai.chat").length;
  const hours = place.events.hourly.filter(({ dimension }) => dimension === "route");
  expect(
    hours.reduce((sum, { counts }) => sum + counts.exchanges, 0),
    "each call of a model counted in its hour once",
  ).toBe(calls);
  expect([told.done, told.left, told.later, told.elsewhere].map(({ id }) => place.events.rows.get(id)?.state)).toEqual([
    "completed",
    "interrupted",
    "completed",
    "open",
  ]);
  expect(await findingCounts(opened)).toEqual(["injection-seen 2", "key-made 2"]);
  expect(await opened.control.openExchanges("node-1")).toEqual([]);
  expect((await opened.control.openExchanges("node-2")).map(({ exchange }) => exchange)).toEqual([told.elsewhere.id]);
  expect(opened.spool.status().pending).toBe(0);
  await opened.close();
};

describe("draining", () => {
  test.each(["in two batches", "in one batch", "over several segments"])(
    "stores everything once and ends what a restart cut off, %s",
    async (how) => {
      await using place = makePlace(how === "over several segments" ? 2_048 : undefined);
      const told = story();
      const opened = await place.open();
      await append(opened.spool, told.first);
      if (how === "in two batches") await createDrain(opened.tools).stop();
      await append(opened.spool, told.second);
      await createDrain(opened.tools).stop();
      expect(opened.published.map(({ id }) => id)).toContain(told.later.id);
      await opened.close();
      await expectStory(place, told);
    },
  );

  test.each([
    ...(process.env["PARAPET_SOAK"] === undefined ? [] : [["in one batch", undefined] as const]),
    ["with the next batch read ahead", 3] as const,
  ])(
    "killed before and after each step, it goes on with nothing lost and nothing twice, %s",
    async (_, batchMax) => {
      const dying = (opened: OpenPlace, directory: string, limit: number) => {
        const { tools, steps } = mortal(opened, directory, limit);
        return { tools: { ...tools, ...(batchMax !== undefined && { batchMax }) }, steps };
      };
      for (let limit = 0; ; limit += 1) {
        await using place = makePlace();
        const told = story();
        const before = await place.open();
        await append(before.spool, told.first);
        const first = dying(before, place.directory, limit);
        await createDrain(first.tools).stop();
        await before.close();
        const restarted = await place.open();
        await append(restarted.spool, told.second);
        const second = dying(restarted, place.directory, limit);
        await createDrain(second.tools).stop();
        await restarted.close();
        await drainAll(place);
        await expectStory(place, told);
        if (first.steps() <= limit && second.steps() <= limit) break;
      }
    },
    60_000,
  );

  test("a batch that was read ahead is made again when somebody was erased meanwhile", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const told = Array.from({ length: 3 }, () => exchangeRecords({ principal: "user:ada" }));
    for (const { opened: first, closed } of told) await append(opened.spool, [first, closed]);
    const ada = { tenant: DEFAULT_TENANT, subject: "user:ada" };
    let appended = 0;
    const ledger = {
      ...opened.tools.ledger,
      append: async (...given: Parameters<typeof opened.tools.ledger.append>) => {
        appended += 1;
        // The second batch has been read by now.
        if (appended === 1) await opened.tools.subjects.erase(ada);
        return await opened.tools.ledger.append(...given);
      },
    };
    await createDrain({ ...opened.tools, ledger, batchMax: 2 }).stop();
    expect(appended).toBe(3);
    const key = await opened.tools.subjects.existing(ada);
    const readable = place.events.events.flatMap(({ text, id }) =>
      text === undefined ? [] : [key !== undefined && openWords(text, key, id) !== undefined],
    );
    expect(readable).toEqual([false, true, true]);
    await opened.close();
  });

  test("a batch that was begun is taken to the same end, though one read may stop before it", async () => {
    await using place = makePlace(2_048);
    const records = Array.from({ length: 40 }, () => auditRecord("key.created"));
    const before = await place.open();
    for (const record of records) await append(before.spool, [record]);
    // Dies after the event store has the batch.
    const ledger = { ...before.tools.ledger, append: () => Promise.reject(new Killed()) };
    await createDrain({ ...before.tools, ledger }).stop();
    expect(place.events.events).toHaveLength(40);
    await before.close();
    await drainAll(place);
    expect(place.events.events.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
  });

  test("nothing is trimmed before store and ledger hold it", async () => {
    await using place = makePlace();
    const opened = await place.open();
    await append(opened.spool, [auditRecord("key.created")]);
    for (const broken of [
      { events: { ...opened.tools.events, insert: () => Promise.reject(new Killed()) } },
      { ledger: { ...opened.tools.ledger, append: () => Promise.reject(new Killed()) } },
    ]) {
      await createDrain({ ...opened.tools, ...broken }).stop();
      expect(opened.spool.status().pending).toBe(1);
    }
    await createDrain(opened.tools).stop();
    expect(opened.spool.status().pending).toBe(0);
    await opened.close();
  });

  test("started, it drains what comes, and settles", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const drain = createDrain(opened.tools);
    drain.start();
    const { opened: first, closed } = exchangeRecords();
    await append(opened.spool, [first]);
    await drain.settle();
    expect(place.events.rows.get(first.origin.exchange)?.state).toBe("open");
    await append(opened.spool, [closed]);
    await drain.settle();
    expect(place.events.rows.get(first.origin.exchange)?.state).toBe("completed");
    await drain.stop();
    await opened.close();
  });

  test("damaged records leave an event that says what is lost, and the rest is drained", async () => {
    await using place = makePlace();
    const records = Array.from({ length: 5 }, () => auditRecord("key.created"));
    const before = await place.open();
    for (const record of records) await append(before.spool, [record]);
    await before.close();
    const folder = join(place.directory, "spool");
    const segment = join(
      folder,
      readdirSync(folder)
        .filter((name) => !name.includes("lock"))
        .toSorted()[0] ?? "",
    );
    const bytes = readFileSync(segment);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    writeFileSync(segment, bytes);
    await drainAll(place);
    const kinds = place.events.events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "evidence.lost")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "key.created").length).toBeGreaterThanOrEqual(3);
    const again = await place.open();
    await createDrain(again.tools).stop();
    expect(again.spool.status().pending).toBe(0);
    expect(await again.store.size()).toBe(kinds.length);
    await again.close();
  });
});

describe("checkpoints", () => {
  test("are signed while the log grows and once at the end, and a failure is survived", async () => {
    await using place = makePlace();
    const opened = await place.open();
    await append(opened.spool, [auditRecord("key.created"), auditRecord("key.created")]);
    await createDrain(opened.tools).stop();
    const checkpoints = createCheckpointing(opened.ledger, 60_000, silentLogger);
    checkpoints.start();
    await checkpoints.sign();
    expect(await opened.store.checkpoint()).toMatchObject({ size: 2 });
    await append(opened.spool, [auditRecord("key.created")]);
    await createDrain(opened.tools).stop();
    await checkpoints.stop();
    expect(await opened.store.checkpoint()).toMatchObject({ size: 3 });
    const broken = createCheckpointing(
      { ...opened.ledger, sign: () => Promise.reject(new Killed()) },
      60_000,
      silentLogger,
    );
    await expect(broken.sign()).resolves.toBeUndefined();
    await opened.close();
  });
});
