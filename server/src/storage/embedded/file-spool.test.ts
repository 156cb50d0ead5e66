import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { describeSpool } from "../contract/spool.ts";
import { SpoolDamaged, SpoolUnavailable, type Spool } from "../spool.ts";
import { faultyFiles, type Faults } from "./faulty-files.ts";
import { openFileSpool } from "./file-spool.ts";
import { nodeFiles, type FileLayer } from "./spool-files.ts";
import { HEADER_BYTES } from "./spool-frame.ts";

const key = Buffer.alloc(32, 7);
const limits = { bytesMax: 64_000_000, segmentBytes: 16_000_000 };
const directories: string[] = [];
const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "parapet-spool-"));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const open = (directory: string, files: FileLayer = nodeFiles): Promise<Spool> =>
  openFileSpool({ directory, key, ...limits, files });

/** Everything that can be read, and every damage met on the way. */
const readAll = async (spool: Spool): Promise<{ texts: string[]; damage: string[] }> => {
  const texts: string[] = [];
  const damage: string[] = [];
  for (let cursor: string | undefined; ;) {
    try {
      const batch = await spool.read(cursor, 5);
      if (batch.length === 0) return { texts, damage };
      texts.push(...batch.map(({ json }) => json));
      cursor = batch.at(-1)?.next;
    } catch (error) {
      if (!(error instanceof SpoolDamaged)) throw error;
      damage.push(error.message);
      cursor = error.next;
    }
  }
};

const segmentsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".spool"))
    .sort()
    .map((name) => join(directory, name));

const write = async (directory: string, texts: readonly string[]): Promise<void> => {
  const spool = await open(directory);
  for (const text of texts) await spool.append(text);
  await spool.close();
};

describeSpool("the file spool", async () => {
  const directory = newDirectory();
  return {
    open: (changed) => openFileSpool({ directory, key, ...limits, ...changed }),
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  };
});

describe("a segment file that is not as it was written", () => {
  const texts = ["first", "second", "third"].map((word) => JSON.stringify(`the ${word} record`));

  test("text is not in clear on disk", async () => {
    const directory = newDirectory();
    await write(directory, texts);
    for (const path of segmentsOf(directory)) expect(readFileSync(path).includes("record")).toBe(false);
  });

  test("a last frame cut at any byte costs that frame alone, and appending goes on", async () => {
    const directory = newDirectory();
    await write(directory, texts.slice(0, 2));
    const [path = ""] = segmentsOf(directory);
    const whole = statSync(path).size;
    rmSync(path);
    await write(directory, texts.slice(0, 1));
    const start = statSync(segmentsOf(directory)[0] ?? "").size;
    rmSync(segmentsOf(directory)[0] ?? "");
    await write(directory, texts.slice(0, 2));
    const original = readFileSync(segmentsOf(directory)[0] ?? "");
    expect(original.length).toBe(whole);
    for (let length = start; length < whole; length += 1) {
      // As a file that ends there, and as one whose blocks were made ahead.
      for (const padding of [0, 4_096]) {
        const copy = newDirectory();
        writeFileSync(
          join(copy, "00000001.spool"),
          Buffer.concat([original.subarray(0, length), Buffer.alloc(padding)]),
        );
        const spool = await open(copy);
        await spool.append('"after"');
        expect(await readAll(spool)).toEqual({ texts: [texts[0], '"after"'], damage: [] });
        await spool.close();
        rmSync(copy, { recursive: true, force: true });
      }
    }
  });

  test("a header cut at any byte is a segment that never held anything", async () => {
    const directory = newDirectory();
    await write(directory, texts.slice(0, 1));
    const original = readFileSync(segmentsOf(directory)[0] ?? "");
    for (let length = 0; length < HEADER_BYTES; length += 7) {
      const copy = newDirectory();
      writeFileSync(join(copy, "00000001.spool"), original.subarray(0, length));
      const spool = await open(copy);
      expect(await readAll(spool)).toEqual({ texts: [], damage: [] });
      await spool.close();
    }
  });

  test("any byte flipped in the newest or in an older segment is reported with its place", async () => {
    const directory = newDirectory();
    await write(directory, texts);
    await write(directory, ['"newest"']);
    for (const [index, path] of segmentsOf(directory).entries()) {
      const original = readFileSync(path);
      for (let at = 0; at < original.length; at += 1) {
        const flipped = Buffer.from(original);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(path, flipped);
        const spool = await open(directory);
        const { texts: read, damage } = await readAll(spool);
        expect(damage.length, `byte ${String(at)} of segment ${String(index + 1)}`).toBeGreaterThan(0);
        expect(damage[0]).toMatch(/^0000000[12]\.spool at byte \d+: /);
        expect(spool.status().damage).toContain(damage[0]);
        expect([...texts, '"newest"']).toEqual(expect.arrayContaining(read));
        await spool.close();
      }
      writeFileSync(path, original);
    }
  });

  test("frames removed, doubled, swapped or carried over from another segment are reported", async () => {
    const directory = newDirectory();
    const same = ["a", "b", "c"].map((letter) => JSON.stringify(letter));
    await write(directory, same);
    await write(directory, same);
    const [older = "", newer = ""] = segmentsOf(directory);
    const original = readFileSync(older);
    const other = readFileSync(newer);
    const header = original.subarray(0, HEADER_BYTES);
    const frameLength = (original.length - HEADER_BYTES) / 3;
    const frame = (bytes: Buffer, index: number): Buffer =>
      bytes.subarray(HEADER_BYTES + index * frameLength, HEADER_BYTES + (index + 1) * frameLength);
    const [a, b, c] = [0, 1, 2].map((index) => frame(original, index)) as [Buffer, Buffer, Buffer];
    const changed: Record<string, Buffer[]> = {
      "first removed": [b, c],
      "middle removed": [a, c],
      "last removed": [a, b],
      doubled: [a, a, b, c],
      swapped: [a, c, b],
      "carried over": [a, frame(other, 1), c],
      emptied: [],
    };
    for (const [name, frames] of Object.entries(changed)) {
      writeFileSync(older, Buffer.concat([header, ...frames]));
      const spool = await open(directory);
      const { texts: read, damage } = await readAll(spool);
      expect(damage.length, name).toBeGreaterThan(0);
      expect(read.slice(-3), name).toEqual(same);
      await spool.close();
    }
    writeFileSync(older, other);
    const spool = await open(directory);
    expect((await readAll(spool)).damage.join()).toContain("header was changed");
    await spool.close();
  });

  test("a segment removed from the middle is reported, and the ones around it are read", async () => {
    const directory = newDirectory();
    for (const text of texts) await write(directory, [text]);
    rmSync(segmentsOf(directory)[1] ?? "");
    const spool = await open(directory);
    expect(spool.status().damage).toEqual(["00000002.spool at byte 0: the segment is missing"]);
    const { texts: read, damage } = await readAll(spool);
    expect(read).toEqual([texts[0], texts[2]]);
    expect(damage).toEqual(["00000002.spool at byte 0: the segment is missing"]);
    await spool.close();
  });

  test("a segment removed at the old end is reported to a reader that had not come so far", async () => {
    const directory = newDirectory();
    for (const text of texts) await write(directory, [text]);
    const [first = "", second = ""] = segmentsOf(directory);
    const kept = await open(directory);
    const [record] = await kept.read(undefined, 1);
    await kept.close();
    rmSync(first);
    rmSync(second);
    const spool = await open(directory);
    await expect(spool.read(record?.next, 5)).rejects.toThrow(SpoolDamaged);
    await spool.close();
  });

  test("a newest segment whose read tail was cut is reported once, then reading goes on after it", async () => {
    const directory = newDirectory();
    await write(directory, texts);
    const kept = await open(directory);
    const last = (await kept.read(undefined, 9)).at(-1);
    await kept.close();
    const path = segmentsOf(directory)[0] ?? "";
    writeFileSync(path, readFileSync(path).subarray(0, -70));
    const spool = await open(directory);
    await expect(spool.read(last?.next, 9)).rejects.toThrow("are gone");
    await spool.append('"later"');
    expect((await spool.read(last?.next, 9)).map(({ json }) => json)).toEqual(['"later"']);
    await spool.close();
  });

  test("the wrong key opens nothing", async () => {
    const directory = newDirectory();
    await write(directory, texts);
    const spool = await openFileSpool({ directory, key: Buffer.alloc(32, 8), ...limits });
    const { texts: read, damage } = await readAll(spool);
    expect(read).toEqual([]);
    expect(damage[0]).toContain("another key");
    await spool.close();
  });

  test("numbering goes on after the reader's cursor when the files are gone", async () => {
    const directory = newDirectory();
    const spool = await openFileSpool({ directory, key, ...limits, after: "00000041:0000000007" });
    expect(await spool.append('"new"')).toBe("00000042:0000000000");
    expect((await spool.read("00000041:0000000007", 5)).map(({ json }) => json)).toEqual(['"new"']);
    await spool.close();
  });
});

describe("a disk that fails", () => {
  const withFaults = async (faults: Faults): Promise<{ directory: string; spool: Spool }> => {
    const directory = newDirectory();
    return { directory, spool: await open(directory, faultyFiles(nodeFiles, faults)) };
  };
  const eventually = async (work: () => Promise<unknown>): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      try {
        await work();
        return;
      } catch (error) {
        if (!(error instanceof SpoolUnavailable) || tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };

  const cases: Record<string, Faults> = {
    "a full disk": { write: "ENOSPC" },
    "an input or output error": { write: "EIO" },
    "a read-only file system": { write: "EROFS", create: "EROFS", remove: "EROFS" },
    "a failed sync": { sync: "EIO" },
    "a disk with little room left": { bytesLeft: 100 },
    "a failed sync on a disk where nothing can be removed": { sync: "EIO", remove: "EIO" },
  };
  for (const [name, fault] of Object.entries(cases)) {
    test(`${name} refuses appends, loses nothing acknowledged, and is recovered from without a restart`, async () => {
      const faults: Faults = {};
      const { directory, spool } = await withFaults(faults);
      await spool.append('"before"');
      Object.assign(faults, fault);
      const long = JSON.stringify("x".repeat(1_000));
      const refused = await Promise.allSettled([spool.append(long), spool.append(long)]);
      for (const result of refused) {
        expect(result.status).toBe("rejected");
        if (result.status === "rejected") expect(result.reason).toBeInstanceOf(SpoolUnavailable);
      }
      await expect(spool.append(long)).rejects.toThrow(SpoolUnavailable);
      expect(spool.status().failing).toBeTypeOf("string");
      spool.offer(long);
      expect(spool.status().lost).toBe(1);
      for (const field of Object.keys(fault)) faults[field as keyof Faults] = undefined;
      await eventually(() => spool.append('"after"'));
      expect(spool.status().failing).toBeUndefined();
      expect(await readAll(spool)).toEqual({ texts: ['"before"', '"after"'], damage: [] });
      await spool.close();
      const again = await open(directory);
      expect(await readAll(again)).toEqual({ texts: ['"before"', '"after"'], damage: [] });
      await again.close();
    });
  }

  test("a disk that works again is noticed without an append", async () => {
    const faults: Faults = { write: "EIO" };
    const { spool } = await withFaults(faults);
    await expect(spool.append('"x"')).rejects.toThrow("EIO");
    faults.write = undefined;
    await expect.poll(() => spool.status().failing, { timeout: 10_000 }).toBeUndefined();
    await spool.close();
  });

  test("a disk that takes a few bytes at a time still gets whole records", async () => {
    const { directory, spool } = await withFaults({ writeBytesMax: 1_000 });
    const texts = Array.from({ length: 20 }, (_, index) => JSON.stringify(`${String(index)} ${"y".repeat(500)}`));
    await Promise.all(texts.map((text) => spool.append(text)));
    await spool.close();
    const again = await open(directory);
    expect(await readAll(again)).toEqual({ texts, damage: [] });
    await again.close();
  });

  test("a record refused because its sync failed is not handed to the reader", async () => {
    const faults: Faults = { sync: "EIO" };
    const { spool } = await withFaults(faults);
    await expect(spool.append('"never on disk"')).rejects.toThrow(SpoolUnavailable);
    expect(await spool.read(undefined, 10)).toEqual([]);
    await spool.close();
  });
});

describe("processes", () => {
  test("a second opener of the directory is refused until the first has closed", async () => {
    const directory = newDirectory();
    const first = await open(directory);
    await expect(open(directory)).rejects.toThrow("in use by another process");
    await first.close();
    await (await open(directory)).close();
  });

  test("nothing acknowledged is lost when the writer is killed at a random moment", { timeout: 60_000 }, async () => {
    const directory = newDirectory();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      const child = spawn(
        process.execPath,
        ["--conditions=source", fileURLToPath(new URL("./spool-writer-process.ts", import.meta.url)), directory],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const lines = createInterface({ input: child.stdout });
      const enough = 20 + Math.floor(Math.random() * 400);
      let count = 0;
      lines.on("line", (line) => {
        acknowledged.add(line);
        count += 1;
        if (count === enough) child.kill("SIGKILL");
      });
      await once(child, "close");
    }
    expect(acknowledged.size).toBeGreaterThan(200);
    const spool = await open(directory);
    const { texts, damage } = await readAll(spool);
    expect(damage).toEqual([]);
    const stored = new Set(texts.map((text) => (JSON.parse(text) as { id: string }).id));
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    await spool.close();
  });
});
