import { DEFAULT_TENANT, TELEMETRY_EVENTS_MAX, type TelemetryEvent } from "@parapet/model";
import { expect, test } from "vitest";
import { silentLogger } from "#platform";
import { createDrain } from "./drain.ts";
import { append, GITHUB_TOKEN, makePlace, telemetryRecord } from "./monitor.fixture.ts";
import { openWords } from "./sealed-words.ts";
import { createTextInspector } from "./text-inspector.ts";

const drained = async (...records: ReturnType<typeof telemetryRecord>[]) => {
  const place = makePlace();
  const opened = await place.open();
  await append(opened.spool, records);
  await createDrain(opened.tools).stop();
  return { place, opened, events: place.events.events };
};
const ada = { tenant: DEFAULT_TENANT, subject: "user:ada" };

test("events carry their source, when they were received, and the feed where they name no route", async () => {
  const { place, opened, events } = await drained(telemetryRecord());
  expect(events.map(({ source, kind, receivedAt, route }) => [source, kind, receivedAt, route])).toEqual([
    ["json", "gen_ai.chat", "2026-01-01T00:00:01.000Z", "agents"],
    ["json", "sign_in", "2026-01-01T00:00:01.000Z", "own-route"],
    ["json", "metric", "2026-01-01T00:00:01.000Z", "agents"],
  ]);
  await opened.close();
  await place[Symbol.asyncDispose]();
});

test("texts are inspected, and what was found stands where rules look, whatever the sender wrote there", async () => {
  const { place, opened, events } = await drained(telemetryRecord());
  expect(events[0]?.body).toMatchObject({
    tokens: 3,
    categories: ["secret"],
    found: ["request/user/secret"],
    captured: true,
    bypassed: 0,
    texts: [{ provenance: "user" }, { provenance: "model" }],
  });
  expect(JSON.stringify(events)).not.toContain(GITHUB_TOKEN);
  expect(events[0]?.severity).not.toBe("informational");
  expect(events[1]?.body).toEqual({});
  await opened.close();
  await place[Symbol.asyncDispose]();
});

test.each([
  ["full", [`please use ${GITHUB_TOKEN} for the upload`, "Done."]],
  ["redacted", ["please use [REDACTED:github-token] for the upload", "Done."]],
  ["hash", undefined],
] as const)("with capture %s the texts are kept so, under the key of who acted", async (capture, kept) => {
  const { place, opened, events } = await drained(telemetryRecord({ capture }));
  const key = (await opened.tools.subjects.existing(ada)) ?? Buffer.alloc(32);
  const [event] = events;
  const words = event?.text === undefined ? undefined : openWords(event.text, key, event.id);
  const texts = words === undefined ? undefined : [...words.texts.values()];
  expect(texts?.map((text) => text.replace(/REDACTED:[a-z-]+/, "REDACTED:github-token"))).toEqual(kept);
  expect(event?.body["captured"]).toBe(kept !== undefined);
  await opened.tools.subjects.erase(ada);
  expect(await opened.tools.subjects.existing(ada)).toBeUndefined();
  await opened.close();
  await place[Symbol.asyncDispose]();
});

test("one leaf binds all events of a record, and names nobody", async () => {
  const { place, opened } = await drained(telemetryRecord());
  expect(await opened.store.size()).toBe(1);
  const leaf = Buffer.from((await opened.store.entry(0)) ?? []).toString("utf8");
  expect(JSON.parse(leaf)).toMatchObject({
    type: "telemetry",
    target: "json",
    place: { route: "agents" },
    counts: { events: 3, texts: 2 },
  });
  // Digests are hexadecimal, in which a name of such letters may stand by chance: whole words only.
  expect(leaf).not.toMatch(/\b(?:ada|bob)\b|upload/);
  await opened.close();
  await place[Symbol.asyncDispose]();
});

test("a batch ends where its text is enough, and what follows is the next", async () => {
  const filler = "x".repeat(3_000);
  const many = (): TelemetryEvent[] =>
    telemetryRecord().events.flatMap(({ texts: _texts, ...event }, at) =>
      at > 0
        ? []
        : Array.from({ length: TELEMETRY_EVENTS_MAX }, (_, index) => ({
            ...event,
            id: telemetryRecord().events[0]?.id ?? event.id,
            body: { index, filler },
          })),
    );
  const { place, opened, events } = await drained(
    ...Array.from({ length: 4 }, () => telemetryRecord({ events: many() })),
  );
  expect(events).toHaveLength(4 * TELEMETRY_EVENTS_MAX);
  expect(await opened.store.size()).toBe(4);
  await opened.close();
  await place[Symbol.asyncDispose]();
});

test("the thread inspects like the detectors themselves, and says what it did not look at", async () => {
  const inspector = createTextInspector({ settings: {}, contentKey: Buffer.alloc(32, 3) }, silentLogger);
  const long = "word ".repeat(60_000);
  const [first, second] = await inspector.inspect([
    [{ provenance: "user", text: `the key is ${GITHUB_TOKEN}` }],
    [
      { provenance: "user", text: "hello" },
      { provenance: "document", text: long },
    ],
  ]);
  expect(first?.matches.map(({ category }) => category)).toContain("secret");
  expect(second).toMatchObject({ bypassed: 1, digests: [expect.stringMatching(/.{8}/), ""] });
  const again = await inspector.inspect([[{ provenance: "user", text: `once more ${GITHUB_TOKEN}` }]]);
  expect(again[0]?.matches.map(({ category }) => category)).toContain("secret");
  await inspector.close();
});
