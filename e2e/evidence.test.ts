/**
 * Guarantee: what was acknowledged is never lost, the log proves it with the public key alone, a changed log is
 * noticed, no captured text lies on the disk in clear, and erasure makes it unreadable without breaking the log.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportLedger, verifyLog } from "@parapet/server/ledger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat } from "./raw-http.ts";
import { completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const CANARY = "zebra-lantern-4417-quarry";
const data = temporaryFolder();
const copies = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let configuration: string;
let parapet: Started;

const start = (): Promise<Started> => startParapet({ configuration, data });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  upstream = await startReplayUpstream();
  upstream.answer(async (request, response) => {
    const asked = JSON.parse(request.body);
    await pause(Math.random() * 20);
    if (asked.stream === true)
      await sendStream(response, textChunks(`Words that arrive slowly, about ${CANARY}.`, 6), asked.seed ?? 2);
    else sendJson(response, 200, completion(`An answer about ${CANARY}.`));
  });
  const routes = (["redacted", "hash", "full"] as const).map((capture) => ({
    id: capture,
    path: `/${capture}`,
    upstream: upstream.url,
    capture,
    trust_identity_headers: "true",
  }));
  configuration = configurationOf(routes);
  parapet = await start();
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
  removeFolder(copies);
});

const verify = async () => (await parapet.api("POST", "/evidence/verify")).body;
const read = (id: string) => parapet.api("GET", `/exchanges/${id}`);

/** Sends until told to stop. */
const load = (url: string): (() => Promise<void>) => {
  const stopping = new AbortController();
  const send = async (): Promise<void> => {
    while (!stopping.signal.aborted) await chat(`${url}/redacted`, "Hello there");
  };
  const senders = Array.from({ length: 6 }, send);
  return async () => {
    stopping.abort();
    await Promise.all(senders);
  };
};

describe("the log outside", () => {
  const ledgerOf = (root: string): string => join(root, "ledger");
  const copyOf = (name: string): string => {
    const copy = join(copies, name);
    cpSync(parapet.data, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    return copy;
  };
  let older: string;
  let exported: string;

  beforeAll(async () => {
    const stop = load(parapet.url);
    await pause(500);
    await stop();
    await verify();
    await parapet.stop();
    older = copyOf("older");
    parapet = await start();
    for (let turn = 0; turn < 5; turn++) await chat(`${parapet.url}/redacted`, `Turn ${turn}`);
    await verify();
    exported = join(copies, "export");
    expect(await exportLedger({ tiles: join(ledgerOf(parapet.data), "tiles"), out: exported })).toMatchObject({
      ok: true,
    });
    await parapet.stop();
  });
  afterAll(async () => {
    parapet = await start();
  });

  test("an export verifies with nothing but the public key, and says what that cannot exclude", async () => {
    const vkeys = readFileSync(join(exported, "log.vkey"), "utf8").trim().split("\n");
    const alone = await verifyLog({ directory: exported, vkeys });
    expect(alone).toMatchObject({ ok: true, problems: [] });
    expect(alone.notes.join(" ")).not.toBe("");
    const against = readFileSync(join(exported, "checkpoint"), "utf8");
    expect(await verifyLog({ directory: exported, vkeys, against })).toMatchObject({ ok: true, problems: [] });
  });

  test("a stranger's key does not verify it", async () => {
    const foreign = readFileSync(join(exported, "log.vkey"), "utf8").trim().replace(/.{8}$/, "AAAAAAA=");
    expect((await verifyLog({ directory: exported, vkeys: [foreign] })).ok).toBe(false);
  });

  const entryFiles = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && entry.parentPath.includes("entries") ? [join(entry.parentPath, entry.name)] : [],
    );
  const tamperings: readonly [what: string, change: (folder: string) => void][] = [
    [
      "a byte of an entry flipped",
      (folder) => {
        const file = entryFiles(folder)[0] ?? "";
        const bytes = readFileSync(file);
        bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40);
        writeFileSync(file, bytes);
      },
    ],
    ["entries removed", (folder) => rmSync(entryFiles(folder)[0] ?? "")],
    [
      "the end cut off",
      (folder) => {
        const file = entryFiles(folder).at(-1) ?? "";
        writeFileSync(file, readFileSync(file).subarray(0, -50));
      },
    ],
    [
      "a byte of the checkpoint flipped",
      (folder) => {
        const file = join(folder, "checkpoint");
        writeFileSync(
          file,
          readFileSync(file, "utf8").replace(/\n(\d+)\n/, (_all, size) => `\n${Number(size) - 1}\n`),
        );
      },
    ],
  ];
  test.each(tamperings)("%s: detected from inside", async (what, change) => {
    const folder = join(copies, `tampered ${what}`);
    cpSync(exported, folder, { recursive: true });
    change(folder);
    const result = await verifyLog({ directory: folder });
    expect(result.ok).toBe(false);
    expect(result.problems.length).toBeGreaterThan(0);
  });

  test("every byte of the ledger's database that holds entries is covered", async () => {
    const folder = copyOf("database");
    const file = join(ledgerOf(folder), "ledger.db");
    rmSync(join(ledgerOf(folder), "tiles"), { recursive: true, force: true });
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"exchange"') > 0 ? bytes.indexOf('"exchange"') : bytes.indexOf("exchange", 20_000);
    expect(at).toBeGreaterThan(0);
    bytes.writeUInt8((bytes[at + 2] ?? 0) ^ 1, at + 2);
    writeFileSync(file, bytes);
    expect((await verifyLog({ directory: folder })).ok).toBe(false);
  });

  test("an older copy put back verifies from inside, and is found out against a checkpoint kept elsewhere", async () => {
    expect((await verifyLog({ directory: older })).ok).toBe(true);
    const against = readFileSync(join(exported, "checkpoint"), "utf8");
    const result = await verifyLog({ directory: older, against });
    expect(result.ok).toBe(false);
    expect(result.problems.length).toBeGreaterThan(0);
  });

  test("records changed on the disk before they were drained are reported as lost, and the rest is drained", async () => {
    parapet = await start();
    const stop = load(parapet.url);
    await pause(500);
    // Stopped in the middle of its work, so that the drain is behind.
    await parapet.kill();
    await stop();
    const spool = join(parapet.data, "spool");
    const newest =
      readdirSync(spool)
        .filter((name) => !name.includes("lock"))
        .sort()
        .at(-1) ?? "";
    const bytes = readFileSync(join(spool, newest));
    const end = bytes.findLastIndex((byte) => byte !== 0);
    for (let at = end - 2_000; at > end - 12_000 && at > 2_000; at -= 1_000) bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
    writeFileSync(join(spool, newest), bytes);
    parapet = await start();
    expect((await chat(`${parapet.url}/redacted`, "afterwards")).status).toBe(200);
    expect(await verify()).toMatchObject({ ok: true, problems: [] });
    const { body } = await parapet.api("GET", "/events?source=audit&limit=100");
    const lost = body.items.filter(
      ({ kind, body: { detail } }: any) => kind === "evidence.lost" && detail.reason.startsWith("damaged"),
    );
    expect(lost.length).toBeGreaterThan(0);
    await parapet.stop();
  });
});

describe("what is kept", () => {
  /** The event store renames and merges its folders while they are read: what went away is looked for again. */
  const filesWith = (needle: string, tries = 20): string[] => {
    try {
      return readdirSync(parapet.data, { recursive: true, withFileTypes: true }).flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        return entry.isFile() && readFileSync(path).includes(needle) ? [path] : [];
      });
    } catch (error) {
      if (tries === 0 || !(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      return filesWith(needle, tries - 1);
    }
  };

  test.each([
    ["full", true],
    ["redacted", true],
    ["hash", false],
  ])("capture: %s", async (route, readable) => {
    const secret = `ghp_${"k7Qw2Zr9Lx4Vb1Nm8Tc5Yd3Hj6Pf0SgAe1Ru".slice(0, 36)}`;
    const answer = await chat(`${parapet.url}/${route}`, `My word is ${CANARY}, my key ${secret}.`);
    await verify();
    const { body } = await read(String(answer.headers["x-parapet-exchange"]));
    const texts = body.segments.map((segment: { text?: string }) => segment.text ?? "").join("\n");
    expect(texts.includes(CANARY)).toBe(readable);
    expect(texts.includes(secret)).toBe(route === "full");
    expect(body.capture).toBe(route);
    expect(filesWith(CANARY)).toEqual([]);
    expect(filesWith(secret)).toEqual([]);
    expect(parapet.stderr()).not.toContain(CANARY);
  });

  test("erasing a person makes their text unreadable; the log still verifies", async () => {
    const answer = await chat(`${parapet.url}/full`, `Remember ${CANARY}.`, {}, { "x-parapet-user": "alice" });
    await verify();
    const id = String(answer.headers["x-parapet-exchange"]);
    expect((await read(id)).body.segments[0].text).toContain(CANARY);
    expect((await parapet.api("POST", "/subjects/erase", { subject: "user:alice" })).status).toBe(200);
    const { body } = await read(id);
    expect(body.capture).toBe("erased");
    expect(JSON.stringify(body)).not.toContain(CANARY);
    expect(JSON.stringify(body)).not.toContain("alice");
    expect(await verify()).toMatchObject({ ok: true, problems: [] });
    expect((await parapet.api("POST", "/subjects/erase", { subject: "user:alice" })).status).toBe(404);
  });
});

test("SIGTERM with 50 open streams cuts none of them", async () => {
  const streams = Array.from({ length: 50 }, () =>
    chat(`${parapet.url}/redacted`, "Tell me slowly", { stream: true, seed: 150 }),
  );
  await eventually(async () =>
    upstream.received.filter(({ body }) => body.includes('"seed":150')).length === 50 ? true : undefined,
  );
  await pause(200);
  const stopping = parapet.stop();
  const answers = await Promise.all(streams);
  await stopping;
  expect(answers.filter(({ text, complete }) => !complete || !text.endsWith("data: [DONE]\n\n"))).toEqual([]);
  parapet = await start();
  for (const { headers } of answers.slice(0, 5))
    expect((await read(String(headers["x-parapet-exchange"]))).body.state).toBe("completed");
});
