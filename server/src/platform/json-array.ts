import { isUtf8 } from "node:buffer";
import type { SseItem } from "./sse.ts";

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, QUOTE, BACKSLASH] = Buffer.from('[]{}"\\');
const BLANKS: ReadonlySet<number> = new Set(Buffer.from(" \t\r\n"));

type Expected = "open" | "first" | "item" | "comma" | "nothing";
const NEXT: Readonly<Record<Expected, Readonly<Record<number, Expected>>>> = {
  open: { 0x5b: "first" },
  first: { 0x5d: "nothing" },
  item: {},
  comma: { 0x2c: "item", 0x5d: "nothing" },
  nothing: {},
};

/**
 * Reader of streams that are one JSON array of objects, over bytes cut anywhere. Finds where items end and no more:
 * whoever reads an item holds it to JSON. An array without its end is no fault here: its last whole item stands.
 */
export class JsonArrayParser {
  readonly #itemBytesMax: number;
  #item: Buffer[] = [];
  #itemBytes = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #expects: Expected = "open";
  #isOver = false;

  constructor({ eventBytesMax }: { readonly eventBytesMax: number }) {
    this.#itemBytesMax = eventBytesMax;
  }

  push(chunk: Uint8Array): SseItem[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const items: SseItem[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length && !this.#isOver; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#depth > 0) {
        if (!this.#endsItem(byte)) continue;
        this.#keep(bytes.subarray(from, at + 1));
        items.push(this.#take());
        this.#expects = "comma";
      } else if (!BLANKS.has(byte)) {
        if (byte === OPEN_OBJECT && (this.#expects === "first" || this.#expects === "item")) {
          this.#depth = 1;
          from = at;
        } else if (!this.#between(byte))
          items.push(this.#fault("invalid_json", "The stream is not an array of objects"));
      }
    }
    if (this.#depth > 0 && !this.#isOver) {
      this.#keep(bytes.subarray(from));
      if (this.#itemBytes > this.#itemBytesMax) items.push(this.#fault("event_too_large", "An item is too large"));
    }
    return items;
  }

  /** Call once when the stream has ended. */
  end(): SseItem[] {
    if (this.#isOver || this.#depth === 0) return [];
    return [this.#fault("invalid_json", "The stream ended inside an item")];
  }

  #keep(piece: Buffer): void {
    this.#item.push(piece);
    this.#itemBytes += piece.length;
  }

  #endsItem(byte: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#inString) {
      if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth -= 1;
    return this.#depth === 0;
  }

  /** Whether a byte between items may stand there. */
  #between(byte: number): boolean {
    const found = NEXT[this.#expects][byte];
    if (found === undefined) return false;
    this.#expects = found;
    return true;
  }

  #take(): SseItem {
    const raw = this.#item.length === 1 && this.#item[0] !== undefined ? this.#item[0] : Buffer.concat(this.#item);
    this.#item = [];
    this.#itemBytes = 0;
    if (raw.length > this.#itemBytesMax) return this.#fault("event_too_large", "An item is too large");
    if (!isUtf8(raw)) return this.#fault("invalid_utf8", "The stream is not valid UTF-8");
    // What stands between items is written anew.
    return { ok: true, value: { data: raw.toString("utf8"), comments: [], isPlain: false, raw } };
  }

  #fault(code: "event_too_large" | "invalid_utf8" | "invalid_json", message: string): SseItem {
    this.#isOver = true;
    return { ok: false, fault: { code, message } };
  }
}
