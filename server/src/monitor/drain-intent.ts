import { open, readFile, rename } from "node:fs/promises";
import { z } from "zod";
import { parseTrusted } from "#platform";
import type { SpoolCursor } from "#storage";

const Intent = z.object({ from: z.string(), count: z.int().positive() });

/**
 * What the drain is about to store: how many records after which cursor. A drain that died between the
 * event store and the ledger takes exactly the same batch again, so that its token is the same and
 * nothing is stored twice.
 */
export interface DrainIntent {
  readonly pending: (from: SpoolCursor | undefined) => Promise<number | undefined>;
  readonly declare: (from: SpoolCursor | undefined, count: number) => Promise<void>;
}

export const createDrainIntent = (path: string): DrainIntent => ({
  pending: async (from) => {
    try {
      const intent = Intent.safeParse(parseTrusted<unknown>(await readFile(path, "utf8")));
      return intent.success && intent.data.from === (from ?? "") ? intent.data.count : undefined;
    } catch {
      return undefined;
    }
  },
  declare: async (from, count) => {
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ from: from ?? "", count }));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  },
});
