import { hash } from "node:crypto";
import type { TenantId } from "@parapet/model";
import { open, seal, toTimestamp, type Clock } from "#platform";
import type { ControlStore, DeadLetter } from "#storage";

/** What is kept of one record; a longer one cannot be read again. */
const LETTER_UNITS_MAX = 64 * 1024;
const LETTERS_KEPT = 1_000;
/** Of one payload; the rest are counted only, so that a flood of rubbish costs little. */
const LETTERS_AT_ONCE = 100;

/** A record that could not be read. */
export interface Unread {
  readonly reason: string;
  readonly text: string;
  /** What reading it again begins with: its payload, or its record as JSON. */
  readonly stage: "split" | "decode";
}

export interface OpenedLetter extends Omit<DeadLetter, "sealed"> {
  /** Undefined when it was sealed with another key. */
  readonly text: string | undefined;
}

export interface DeadLetters {
  /** Durable when it resolves; answers how many were not kept, or pushed out older ones. */
  readonly put: (tenant: TenantId, feed: string, unread: readonly Unread[]) => Promise<number>;
  readonly list: (
    tenant: TenantId,
    feed: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ) => Promise<{ readonly items: readonly OpenedLetter[]; readonly next?: string }>;
  readonly count: (tenant: TenantId, feed: string) => Promise<number>;
  readonly remove: (tenant: TenantId, feed: string, ids?: readonly string[]) => Promise<number>;
}

/** Records that no source could read, sealed, bounded, to be read again once that was mended. */
export const createDeadLetters = (control: ControlStore, key: Buffer, clock: Clock): DeadLetters => ({
  put: async (tenant, feed, unread) => {
    const time = toTimestamp(clock.now());
    const kept = unread.slice(0, LETTERS_AT_ONCE);
    const letters = kept.map(({ reason, text, stage }): DeadLetter => {
      const digest = hash("sha256", text, "hex");
      const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
      const isWhole = text.length <= LETTER_UNITS_MAX;
      return {
        tenant,
        feed,
        id,
        time,
        reason: reason.slice(0, 500),
        sealed: seal(key, isWhole ? text : text.slice(0, LETTER_UNITS_MAX), `${feed} ${id}`).toString("base64"),
        bytes: Buffer.byteLength(text),
        replay: isWhole ? stage : "none",
      };
    });
    if (letters.length === 0) return 0;
    return (await control.putDeadLetters(letters, LETTERS_KEPT)) + unread.length - kept.length;
  },
  list: async (tenant, feed, page) => {
    const { items, next } = await control.listDeadLetters(tenant, feed, page);
    return {
      items: items.map(({ sealed, ...letter }) => ({
        ...letter,
        text: open(key, Buffer.from(sealed, "base64"), `${feed} ${letter.id}`)?.toString("utf8"),
      })),
      ...(next !== undefined && { next }),
    };
  },
  count: (tenant, feed) => control.countDeadLetters(tenant, feed),
  remove: (tenant, feed, ids) => control.deleteDeadLetters(tenant, feed, ids),
});
