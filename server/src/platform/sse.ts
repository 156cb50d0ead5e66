import { isUtf8 } from "node:buffer";

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;

/** One block of a stream, from the end of the block before to its blank line. */
export interface SseEvent {
  /** `data` lines joined by line feeds; absent when the block has none (heartbeats, `retry`). */
  readonly data?: string;
  readonly event?: string;
  readonly id?: string;
  readonly comments: readonly string[];
  /** Whether the block holds nothing but `data` and a name: no comment, id, or field that readers pass over. */
  readonly isPlain: boolean;
  /** The block as received. The raws of all events, joined, are the stream. */
  readonly raw: Buffer;
}

export type SseFault = {
  readonly code: "event_too_large" | "invalid_utf8" | "invalid_json" | "invalid_frame";
  readonly message: string;
};

/** After a fault the stream cannot be read on. */
export type SseItem =
  | { readonly ok: true; readonly value: SseEvent }
  | { readonly ok: false; readonly fault: SseFault };

export interface SseOptions {
  /** Largest block, in bytes. */
  readonly eventBytesMax: number;
}

/**
 * The one reader of server-sent events (WHATWG HTML §9.2.6), over bytes cut anywhere. Two departures: bytes that
 * are no UTF-8 are a fault, because readers would replace them differently; a last block without its blank line
 * is an event, because SDKs read it as one.
 */
export class SseParser {
  readonly #eventBytesMax: number;
  /** Unconsumed bytes are `#store` from `#from` to `#length`. */
  #store: Buffer = Buffer.alloc(0);
  /** Whether `#store` is ours to write to, not the caller's chunk and not handed out. */
  #ownsStore = false;
  #from = 0;
  #length = 0;
  #lineStart = 0;
  #at = 0;
  #endedByCr = false;
  #isFirst = true;
  #isOver = false;
  #data: string[] = [];
  #event: string | undefined;
  #id: string | undefined;
  #comments: string[] = [];
  #isPlain = true;

  constructor(options: SseOptions) {
    this.#eventBytesMax = options.eventBytesMax;
  }

  push(chunk: Uint8Array): SseItem[] {
    if (this.#isOver) return [];
    this.#append(chunk);
    return this.#drain(false);
  }

  /** Call once when the stream has ended. */
  end(): SseItem[] {
    if (this.#isOver) return [];
    const items = this.#drain(true);
    if (this.#isOver) return items;
    this.#isOver = true;
    if (this.#lineStart < this.#length && !this.#line(this.#lineStart, this.#length))
      return [...items, this.#utf8Fault()];
    if (this.#from < this.#length) items.push(this.#take(this.#length));
    return items;
  }

  #append(chunk: Uint8Array): void {
    if (this.#from === this.#length) {
      // Nothing is left over, the usual case: read the chunk where it lies. It must not be reused by its owner.
      this.#store = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#from = this.#at = this.#lineStart = 0;
      this.#length = chunk.length;
      return;
    }
    const kept = this.#length - this.#from;
    const needed = kept + chunk.length;
    // Grows by doubling: an event that comes byte by byte must not cost the square of its size.
    const fits = this.#ownsStore && this.#from === 0 && this.#store.length >= needed;
    const next = fits ? this.#store : Buffer.allocUnsafe(Math.max(needed * 2, 256));
    if (next !== this.#store) this.#store.copy(next, 0, this.#from, this.#length);
    next.set(chunk, kept);
    this.#ownsStore = true;
    this.#store = next;
    this.#at -= this.#from;
    this.#lineStart -= this.#from;
    this.#from = 0;
    this.#length = needed;
  }

  #drain(isEnd: boolean): SseItem[] {
    const items: SseItem[] = [];
    const store = this.#store;
    const length = this.#length;
    while (this.#at < length) {
      const byte = store[this.#at];
      if (byte !== LF && byte !== CR) {
        this.#at += 1;
        continue;
      }
      const lineEnd = this.#at;
      const isBlank = lineEnd === this.#lineStart;
      let next = lineEnd + 1;
      if (byte === CR && !(isBlank && this.#endedByCr)) {
        // A line feed may follow in the next chunk. Only in streams that end lines by CR alone is it not awaited.
        if (next === length && !isEnd) break;
        if (store[next] === LF && next < length) next += 1;
      }
      this.#endedByCr = byte === CR && next === lineEnd + 1;
      if (!isBlank && !this.#line(this.#lineStart, lineEnd)) {
        items.push(this.#utf8Fault());
        return items;
      }
      this.#at = next;
      this.#lineStart = next;
      if (isBlank) items.push(this.#take(next));
      if (this.#isOver) return items;
    }
    if (this.#at - this.#from > this.#eventBytesMax) {
      this.#isOver = true;
      items.push({
        ok: false,
        fault: { code: "event_too_large", message: `An event is larger than ${this.#eventBytesMax} bytes` },
      });
    }
    return items;
  }

  #utf8Fault(): SseItem {
    this.#isOver = true;
    return { ok: false, fault: { code: "invalid_utf8", message: "The stream is not valid UTF-8" } };
  }

  #take(end: number): SseItem {
    const raw = this.#store.subarray(this.#from, end);
    this.#from = end;
    // What was handed out must not be overwritten by later bytes.
    this.#ownsStore = false;
    this.#isFirst = false;
    if (raw.length > this.#eventBytesMax) {
      this.#isOver = true;
      return {
        ok: false,
        fault: { code: "event_too_large", message: `An event is larger than ${this.#eventBytesMax} bytes` },
      };
    }
    const value: SseEvent = {
      comments: this.#comments,
      isPlain: this.#isPlain,
      raw,
      ...(this.#data.length > 0
        ? { data: this.#data.length === 1 ? (this.#data[0] ?? "") : this.#data.join("\n") }
        : {}),
      ...(this.#event === undefined ? {} : { event: this.#event }),
      ...(this.#id === undefined ? {} : { id: this.#id }),
    };
    if (this.#data.length > 0) this.#data = [];
    if (this.#comments.length > 0) this.#comments = [];
    this.#event = this.#id = undefined;
    this.#isPlain = true;
    return { ok: true, value };
  }

  /** False when the bytes are no UTF-8. */
  #line(start: number, end: number): boolean {
    const store = this.#store;
    let from = start;
    if (this.#isFirst && start === 0 && store[0] === 0xef && store[1] === 0xbb && store[2] === 0xbf) from = 3;
    const line = store.subarray(from, end);
    if (!isUtf8(line)) return false;
    const colon = line.indexOf(COLON);
    if (colon === 0) {
      this.#isPlain = false;
      this.#comments.push(line.toString("utf8", line[1] === SPACE ? 2 : 1));
      return true;
    }
    const name = line.toString("latin1", 0, colon === -1 ? line.length : colon);
    // Of two names readers take the last; the first would pass unread.
    if (name !== "data" && (name !== "event" || this.#event !== undefined)) this.#isPlain = false;
    const value = colon === -1 ? "" : line.toString("utf8", line[colon + 1] === SPACE ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return true;
  }
}

/** One event as bytes on the wire; line breaks in `data` become further `data` lines. */
export const formatSse = (data: string, event?: string): string => {
  const head = event === undefined ? "" : `event: ${event.replace(/[\r\n]/g, " ")}\n`;
  const body = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join("\ndata: ") : data;
  return `${head}data: ${body}\n\n`;
};
