import { expect, test } from "vitest";
import { subjectOf } from "#ledger";
import { exchangeRecords, plainInspector, telemetryRecord } from "../monitor.fixture.ts";
import { sealWords } from "../sealed-words.ts";
import { telemetryEvents } from "../telemetry-events.ts";
import { toEvent } from "../to-events.ts";
import { textsOfEvent } from "./event-texts.ts";

const KEY = Buffer.alloc(32, 4);
const subjects = { existing: async () => KEY };
const erased = { existing: async () => undefined };

const { opened } = exchangeRecords({}, "where is my parcel");
const ofGateway = toEvent(opened, 0, (record) => sealWords(record, KEY));

test("what was said in a stored event is read back under its subject's key, and only so", async () => {
  expect(subjectOf(opened).subject).toBe("user:ada");
  const [said] = await textsOfEvent(subjects, ofGateway);
  expect(said).toMatchObject({ provenance: "user", text: "where is my parcel" });
  const [unread] = await textsOfEvent(erased, ofGateway);
  expect(unread?.text).toBeUndefined();
  expect(unread?.length).toBe(opened.segments[0]?.length);
});

test("so is what was told by telemetry", async () => {
  const record = telemetryRecord();
  const [event] = record.events;
  if (event === undefined) throw new Error("the record has no event");
  const told = {
    ...record,
    capture: "full" as const,
    events: [{ ...event, texts: [{ provenance: "user" as const, text: "told words" }] }],
  };
  for (const stored of await telemetryEvents(told, plainInspector, () => KEY)) {
    expect(await textsOfEvent(subjects, stored)).toMatchObject([{ provenance: "user", text: "told words" }]);
    expect(await textsOfEvent(subjects, { ...stored, body: {} })).toEqual([]);
  }
});
