import { DEFAULT_TENANT, TenantId } from "@parapet/model";
import { describe, expect, test } from "vitest";
import { createDrain } from "./drain.ts";
import { readExchange } from "./read-exchange.ts";
import { createSubjectKeys } from "./subject-keys.ts";
import { append, exchangeRecords, makePlace, type OpenPlace } from "./monitor.fixture.ts";

const ADA = { tenant: DEFAULT_TENANT, subject: "user:ada" };

const read = ({ tools }: OpenPlace, id: string) =>
  readExchange({ events: tools.events, ledger: tools.ledger, subjects: tools.subjects }, DEFAULT_TENANT, id);

describe("an exchange read back", () => {
  test("has its text, its steps in order and its evidence; another tenant finds nothing", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const { id, ...records } = exchangeRecords();
    await append(opened.spool, [records.opened, records.released, records.closed]);
    await createDrain(opened.tools).stop();
    await opened.ledger.sign();
    const detail = await read(opened, id);
    expect(detail).toMatchObject({
      id,
      state: "completed",
      capture: "full",
      segments: [{ text: "hello there" }],
      toolCalls: [{ name: "weather" }],
      matches: [{ category: "prompt_injection" }],
    });
    expect(detail?.timeline.map(({ kind, evidence }) => [kind, evidence?.index])).toEqual([
      ["opened", 0],
      ["released", 1],
      ["closed", 2],
    ]);
    expect(detail?.evidence?.checkpoint).toContain("parapet.example/log");
    // The text stands nowhere in clear.
    expect(JSON.stringify(place.events.events)).not.toContain("hello there");
    expect(
      await readExchange(
        { events: opened.tools.events, ledger: opened.ledger, subjects: opened.tools.subjects },
        TenantId.parse("other"),
        id,
      ),
    ).toBeUndefined();
    await opened.close();
  });

  test("has what stood beside its texts, which lies sealed with them and goes with them", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const { id, ...records } = exchangeRecords();
    const outline = {
      direction: "request" as const,
      members: [["/n", "an-id"] satisfies [string, string]],
      cut: false,
    };
    await append(opened.spool, [{ ...records.opened, outlines: [outline] }, records.closed]);
    await createDrain(opened.tools).stop();
    expect((await read(opened, id))?.outlines).toEqual([outline]);
    expect(JSON.stringify(place.events.events)).not.toContain("an-id");
    await opened.tools.subjects.erase(ADA);
    expect((await read(opened, id))?.outlines).toEqual([]);
    await opened.close();
  });

  test("says what became of its text: kept, never kept, erased with its subject's key or name, or expired", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const kept = exchangeRecords();
    const hashed = exchangeRecords({}, undefined);
    const bare = { ...hashed.opened, segments: hashed.opened.segments.map(({ text: _text, ...segment }) => segment) };
    await append(opened.spool, [kept.opened, kept.closed, bare, hashed.closed]);
    await createDrain(opened.tools).stop();
    expect((await read(opened, kept.id))?.capture).toBe("full");
    expect((await read(opened, hashed.id))?.capture).toBe("hash");

    const { events } = place.events;
    const whole = [...events];
    const without = (change: object) => {
      events.splice(0, events.length, ...whole.map(({ text: _text, ...event }) => ({ ...event, ...change })));
    };
    without({});
    expect((await read(opened, kept.id))?.capture).toBe("expired");
    expect((await read(opened, hashed.id))?.capture).toBe("hash");
    without({ principal: "erased" });
    expect((await read(opened, kept.id))?.capture).toBe("erased");

    events.splice(0, events.length, ...whole);
    expect(await opened.tools.subjects.erase(ADA)).toBe(true);
    expect(await read(opened, kept.id)).toMatchObject({ capture: "erased", segments: [{ length: 11 }] });
    expect(JSON.stringify(await read(opened, kept.id))).not.toContain("hello there");
    expect(await opened.tools.subjects.erase(ADA)).toBe(false);
    await opened.close();
  });

  test("that is delivered twice is told once", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const { id, ...records } = exchangeRecords();
    await append(opened.spool, [records.opened, records.closed]);
    await createDrain(opened.tools).stop();
    place.events.events.push(...place.events.events);
    expect((await read(opened, id))?.timeline.map(({ kind }) => kind)).toEqual(["opened", "closed"]);
    await opened.close();
  });
});

describe("subject keys", () => {
  test("are the same after a restart, differ between subjects and tenants, and are wrapped at rest", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const master = Buffer.alloc(32, 3);
    const bob = { ...ADA, subject: "user:bob" };
    const foreign = { ...ADA, tenant: TenantId.parse("other") };
    const keyOf = await createSubjectKeys(opened.control, master, () => 0).forBatch([ADA, bob, foreign, ADA]);
    const keys = [ADA, bob, foreign].map((subject) => keyOf(subject).toString("hex"));
    expect(new Set(keys).size).toBe(3);
    const again = createSubjectKeys(opened.control, master, () => 0);
    expect((await again.existing(ADA))?.toString("hex")).toBe(keys[0]);
    await expect(
      createSubjectKeys(opened.control, Buffer.alloc(32, 4), () => 0).existing(ADA),
    ).resolves.toBeUndefined();
    expect(() => keyOf({ ...ADA, subject: "user:eve" })).toThrow("outside the batch");
    await opened.close();
  });

  test("that two make at once are one key", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const master = Buffer.alloc(32, 3);
    const one = createSubjectKeys(opened.control, master, () => 0);
    const other = createSubjectKeys(opened.control, master, () => 0);
    const [a, b] = await Promise.all([one.forBatch([ADA]), other.forBatch([ADA])]);
    expect(a(ADA).toString("hex")).toBe(b(ADA).toString("hex"));
    await opened.close();
  });

  test("that cannot be stored are an error, not a key that nobody else has", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const store = { ...opened.control, addSubjectKeys: () => Promise.reject(new Error("the disk is full")) };
    await expect(createSubjectKeys(store, Buffer.alloc(32, 3), () => 0).forBatch([ADA])).rejects.toThrow(
      "the disk is full",
    );
    await opened.close();
  });

  test("that are destroyed while they are read are not kept in memory", async () => {
    await using place = makePlace();
    const opened = await place.open();
    const master = Buffer.alloc(32, 3);
    await createSubjectKeys(opened.control, master, () => 0).forBatch([ADA]);
    const keys = createSubjectKeys(opened.control, master, () => 0);
    const reading = keys.existing(ADA);
    await keys.erase(ADA);
    await reading;
    expect(await keys.existing(ADA)).toBeUndefined();
    await opened.close();
  });
});
