import { open, readFile, rename } from "node:fs/promises";
import { Finding, TenantId } from "@parapet/model";
import { z } from "zod";
import { parseTrusted } from "#platform";
import type { SpoolCursor } from "#storage";

const Intent = z.object({
  from: z.string(),
  count: z.int().positive(),
  findings: z.array(z.object({ tenant: TenantId, finding: Finding })).optional(),
});

/** What a batch is: so many records after a cursor, and the findings as they stand after it. */
export interface Batch extends Pick<z.infer<typeof Intent>, "count" | "findings"> {
  readonly from: SpoolCursor | undefined;
}

/**
 * What the drain is about to store. A drain that died between the event store and the ledger takes exactly
 * the same batch again, so that its token is the same and nothing is stored or counted twice.
 */
export interface DrainIntent {
  readonly pending: (from: SpoolCursor | undefined) => Promise<Omit<Batch, "from"> | undefined>;
  /** Durable when it resolves. */
  readonly declare: (batch: Batch) => Promise<void>;
}

export const createDrainIntent = (path: string): DrainIntent => ({
  pending: async (from) => {
    try {
      const intent = Intent.safeParse(parseTrusted<unknown>(await readFile(path, "utf8")));
      return intent.success && intent.data.from === (from ?? "") ? intent.data : undefined;
    } catch {
      return undefined;
    }
  },
  declare: async ({ from, ...batch }) => {
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify({ from: from ?? "", ...batch }));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  },
});
