import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSqliteLedgerStore } from "#storage";
import { expect, test } from "vitest";
import { leafAt, ORIGIN } from "./ledger.fixture.ts";
import { createLedger } from "./ledger.ts";
import { loadOrCreateSigner } from "./signer-file.ts";
import { verifyLog } from "./verify/verify-log.ts";

const KILLS = 10;

/** Runs the appender, kills it some time after its first word, and answers what it had said by then. */
const runAndKill = async (directory: string, afterMs: number): Promise<readonly string[]> => {
  const child = spawn(
    process.execPath,
    [
      "--conditions=source",
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "appender.fixture.ts"),
      directory,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  await Promise.race([sleep(afterMs), ended]);
  child.kill("SIGKILL");
  await ended;
  expect(complaints).toBe("");
  // The last line may have been cut by the kill.
  return said.split("\n").slice(0, -1);
};

test(`after ${KILLS} kills at random moments nothing acknowledged is lost and the log verifies each time`, async () => {
  const directory = await mkdtemp(join(tmpdir(), "parapet-kill-"));
  let acknowledged = 0;
  let handedOut: string | undefined;
  for (let kill = 0; kill < KILLS; kill++) {
    const lines = await runAndKill(directory, Math.random() * 150);
    const sizes = lines.filter((line) => line.startsWith("a ")).map((line) => Number(line.slice(2)));
    const notes = lines.filter((line) => line.startsWith("c ")).map((line) => line.slice(2));
    expect(sizes.length).toBeGreaterThan(0);
    acknowledged = Math.max(acknowledged, ...sizes);
    handedOut = notes.length === 0 ? handedOut : Buffer.from(notes.at(-1) ?? "", "base64").toString();

    const signer = await loadOrCreateSigner(join(directory, "ledger.key"), ORIGIN);
    if (handedOut !== undefined) {
      const asFound = await verifyLog({ directory, vkeys: [signer.vkey], against: handedOut });
      expect(asFound.problems, `kill ${kill}`).toEqual([]);
    }
    const store = await openSqliteLedgerStore(join(directory, "ledger"));
    const size = await store.size();
    expect(size).toBeGreaterThanOrEqual(acknowledged);
    expect(await store.cursor()).toBe(`1:${size}`);
    expect(Buffer.from((await store.entry(acknowledged - 1)) ?? [])).toEqual(
      Buffer.from(leafAt(acknowledged - 1).bytes),
    );
    const { note } = await createLedger({ store, signer, origin: ORIGIN, now: Date.now }).sign();
    await store.close();
    handedOut = note;
    expect(await verifyLog({ directory, vkeys: [signer.vkey], against: note })).toMatchObject({ ok: true, size });
  }
  await rm(directory, { recursive: true });
}, 120_000);
