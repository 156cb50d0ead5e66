import { afterEach, describe, expect, test } from "vitest";
import type { Spool, SpooledRecord } from "../spool.ts";
import { SpoolUnavailable } from "../spool.ts";

export interface SpoolPlace {
  /** Opens the spool; called again after a close it finds what was there. */
  open(limits?: { readonly bytesMax?: number; readonly segmentBytes?: number }): Promise<Spool>;
  dispose(): Promise<void>;
}

const drain = async (spool: Spool, max = 7, after?: string): Promise<readonly SpooledRecord[]> => {
  const records: SpooledRecord[] = [];
  for (let cursor = after; ; cursor = records.at(-1)?.next ?? cursor) {
    const batch = await spool.read(cursor, max);
    if (batch.length === 0) return records;
    records.push(...batch);
  }
};

/** What every spool must do. */
export const describeSpool = (name: string, makePlace: () => Promise<SpoolPlace>): void => {
  describe(`${name} keeps the contract of Spool`, () => {
    const places: SpoolPlace[] = [];
    const place = async (): Promise<SpoolPlace> => {
      const made = await makePlace();
      places.push(made);
      return made;
    };
    afterEach(async () => {
      for (const made of places.splice(0)) await made.dispose();
    });

    test("records come back in the order of their cursors, whole, whoever appended them", async () => {
      const spool = await (await place()).open();
      const texts = ["{}", JSON.stringify({ text: "naïve 🙂 \u0000" }), JSON.stringify({ long: "x".repeat(50_000) })];
      const cursors: string[] = [];
      for (const text of texts) cursors.push(await spool.append(text));
      const together = Array.from({ length: 200 }, (_, index) => JSON.stringify({ index }));
      cursors.push(...(await Promise.all(together.map((text) => spool.append(text)))));
      const records = await drain(spool);
      expect(records.map(({ json }) => json)).toEqual([...texts, ...together]);
      expect(records.map(({ cursor }) => cursor)).toEqual(cursors);
      expect([...cursors].sort()).toEqual(cursors);
      expect(await spool.read(cursors.at(-1), 10)).toEqual([]);
      await spool.close();
    });

    test("what was acknowledged is there after closing and opening again, in the same order and place", async () => {
      const at = await place();
      const texts = Array.from({ length: 60 }, (_, index) => JSON.stringify({ index, pad: "p".repeat(index * 10) }));
      const first = await at.open({ segmentBytes: 4_096 });
      for (const text of texts.slice(0, 30)) await first.append(text);
      const before = await drain(first);
      await first.close();
      const second = await at.open({ segmentBytes: 4_096 });
      await Promise.all(texts.slice(30).map((text) => second.append(text)));
      const after = await drain(second);
      expect(after.slice(0, 30)).toEqual(before);
      expect(after.map(({ json }) => json)).toEqual(texts);
      expect(await drain(second, 4, before[17]?.next)).toEqual(after.slice(18));
      await second.close();
    });

    test("an offered record is durable with the next commit", async () => {
      const at = await place();
      const spool = await at.open();
      spool.offer('"offered"');
      await spool.append('"appended"');
      await spool.close();
      const again = await at.open();
      expect((await drain(again)).map(({ json }) => json)).toEqual(['"offered"', '"appended"']);
      expect(again.status().lost).toBe(0);
      await again.close();
    });

    test("close commits what was accepted, and afterwards everything is refused", async () => {
      const at = await place();
      const spool = await at.open();
      const accepted = spool.append('"last"');
      await spool.close();
      await accepted;
      await expect(spool.append('"late"')).rejects.toThrow(SpoolUnavailable);
      const again = await at.open();
      expect((await drain(again)).map(({ json }) => json)).toEqual(['"last"']);
      await again.close();
    });

    test("trimmed records are forgotten, the others stay, and cursors are never given out twice", async () => {
      const at = await place();
      const spool = await at.open({ segmentBytes: 2_048 });
      const cursors: string[] = [];
      for (let index = 0; index < 40; index += 1) cursors.push(await spool.append(JSON.stringify("r".repeat(300))));
      const full = spool.status().bytes;
      expect(spool.status().pending).toBe(40);
      await spool.trim(cursors[24] ?? "");
      expect(spool.status().pending).toBe(15);
      expect(spool.status().bytes).toBeLessThan(full);
      expect((await drain(spool)).map(({ cursor }) => cursor)).toEqual(cursors.slice(25));
      await spool.trim(cursors[39] ?? "");
      expect(spool.status().pending).toBe(0);
      await spool.close();
      const again = await at.open({ segmentBytes: 2_048 });
      const next = await again.append('"next"');
      expect(next > (cursors[39] ?? "")).toBe(true);
      expect((await drain(again, 7, cursors[39])).map(({ json }) => json)).toEqual(['"next"']);
      await again.close();
    });

    test("a full spool refuses, keeps what it has, and takes records again once it is trimmed", async () => {
      const spool = await (await place()).open({ bytesMax: 16_384, segmentBytes: 2_048 });
      const text = JSON.stringify("f".repeat(500));
      const cursors: string[] = [];
      const fill = async (): Promise<unknown> => {
        for (;;) cursors.push(await spool.append(text));
      };
      await expect(fill()).rejects.toThrow("full");
      expect(spool.status().bytes).toBeLessThanOrEqual(16_384);
      expect((await drain(spool)).length).toBe(cursors.length);
      spool.offer(text);
      expect(spool.status().lost).toBe(1);
      await spool.trim(cursors.at(-1) ?? "");
      await spool.append(text);
      await spool.close();
    });

    test("waiting ends with the next durable record, at once when there is one, and on the signal", async () => {
      const spool = await (await place()).open();
      const never = new AbortController();
      const waiting = spool.waitFor(undefined, never.signal);
      const cursor = await spool.append('"one"');
      await waiting;
      await spool.waitFor(undefined, never.signal);
      const later = new AbortController();
      let over = false;
      const aborted = spool.waitFor(cursor, later.signal).then(() => {
        over = true;
      });
      await new Promise(setImmediate);
      expect(over).toBe(false);
      later.abort();
      await aborted;
      await spool.close();
    });
  });
};
