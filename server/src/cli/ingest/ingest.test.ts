import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfiguration, startUp, type Running } from "#compose";
import { silentLogger } from "#platform";
import { run, temporaryFolder, write, writeConfiguration } from "../terminal.fixture.ts";
import { readPieces, TooLarge } from "./read-pieces.ts";

const SOURCES = `sources:
  - { id: apps, kind: json, credential: "\${SOURCE_KEY}", silentAfterMinutes: 60 }
`;
const folder = temporaryFolder();
let running: Running | undefined;
beforeAll(async () => {
  const loaded = loadConfiguration({ config: writeConfiguration(folder, SOURCES), port: 0 }, [folder]);
  if (!loaded.ok) throw new Error("the test's configuration is wrong");
  running = await startUp({
    loaded,
    env: { SOURCE_KEY: "key-of-the-apps" },
    logger: silentLogger,
    version: "0.0.0-test",
    consoleFolder: join(folder, "none"),
  });
});
afterAll(async () => {
  await running?.stop(1_000);
});

const get = async (path: string) => {
  const { request } = await import("node:http");
  return await new Promise<any>((resolve) => {
    request(
      { socketPath: join(folder, "data/parapet.sock"), path: `/api/v1${path}`, headers: { host: "localhost" } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece: string) => (text += piece));
        answer.on("end", () => resolve(JSON.parse(text)));
      },
    ).end();
  });
};

test("files go through a configured source into the event store, compressed ones too", async () => {
  const lines = Array.from({ length: 30 }, (_, n) => JSON.stringify({ key: `k${n}`, kind: "db.query", n })).join("\n");
  write(folder, { "a.jsonl": lines, "b.jsonl.gz": gzipSync(`${lines}\n{"key":"more","kind":"db.query"}\n`) });
  const ran = await run(["ingest", "apps", "a.jsonl", "b.jsonl.gz", "--json"], folder);
  expect([ran.code, JSON.parse(ran.out)]).toEqual([0, { accepted: 31, known: 30, skipped: 0, malformed: 0 }]);
  await expect
    .poll(async () => (await get("/events?source=json&kind=db.query")).items.length, { timeout: 10_000 })
    .toBe(31);
});

test("a source of the catalogue needs no configuration on this machine", async () => {
  const ran = await run(["ingest", "json", "-"], folder, { stdin: '[{"a":1},{"a":2}]' });
  expect([ran.code, ran.out]).toEqual([0, "2 events taken in, 0 known already, 0 of no use here, 0 malformed.\n"]);
});

test("what is malformed is said, listed, and read again once that can be done", async () => {
  const ran = await run(["ingest", "apps", "-"], folder, { stdin: '{"time":"yesterday"}\n{"fine":true}' });
  expect(ran.code).toBe(1);
  expect(ran.said).toContain("ISO 8601");
  const { items } = await get("/sources/apps/dead-letters");
  expect(items).toMatchObject([{ text: '{"time":"yesterday"}', replayable: true }]);
  const { items: sources } = await get("/sources");
  expect(sources.find(({ id }: { id: string }) => id === "apps")).toMatchObject({
    state: "attention",
    problem: "1 of its records could not be read.",
    deadLetters: 1,
    configured: true,
  });
  const doctor = await run(["doctor", "--json"], folder, { env: { SOURCE_KEY: "key-of-the-apps" } });
  expect(doctor.out).toContain("source apps");
});

test.each([
  [2, ["ingest", "nothing", "-"]],
  [2, ["ingest", "apps", "missing.jsonl"]],
  [2, ["ingest", "apps"]],
])("bad usage ends with %i", async (code, args) => {
  expect((await run(args, folder, { stdin: "{}" })).code).toBe(code);
});

test("without a server it says what to do", async () => {
  const empty = temporaryFolder();
  writeConfiguration(empty);
  const ran = await run(["ingest", "json", "-"], empty, { stdin: "{}" });
  expect([ran.code, ran.said]).toEqual([3, expect.stringContaining("npm start")]);
});

test("lines are cut between two lines, a document stays whole, and one that is too long is refused", async () => {
  const line = `${JSON.stringify({ filler: "x".repeat(1_000) })}\n`;
  write(folder, { "many.jsonl": line.repeat(3_000), "one.json": `{"list":[\n${"1,\n".repeat(600_000)}1]}` });
  const pieces: string[] = [];
  for await (const piece of readPieces(join(folder, "many.jsonl"))) pieces.push(piece.toString("utf8"));
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join("")).toBe(line.repeat(3_000));
  expect(pieces.every((piece) => piece.endsWith("\n"))).toBe(true);
  const whole: Buffer[] = [];
  for await (const piece of readPieces(join(folder, "one.json"))) whole.push(piece);
  expect(whole).toHaveLength(1);
  write(folder, { "long.json": `[${" ".repeat(65 * 1024 * 1024)}1]` });
  const read = async () => {
    for await (const _piece of readPieces(join(folder, "long.json")));
  };
  await expect(read()).rejects.toThrow(TooLarge);
});
