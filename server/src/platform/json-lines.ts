import { isUtf8 } from "node:buffer";
import type { SseItem } from "./sse.ts";

const LF = 0x0a;

/** Reader of streams with one JSON value per line, over bytes cut anywhere; blank lines are passed over. */
export class LinesParser {
  readonly #lineBytesMax: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isOver = false;

  constructor({ eventBytesMax }: { readonly eventBytesMax: number }) {
    this.#lineBytesMax = eventBytesMax;
  }

  push(chunk: Uint8Array): SseItem[] {
    const items: SseItem[] = [];
    let from = 0;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (!this.#isOver) {
      const feed = bytes.indexOf(LF, from);
      const piece = bytes.subarray(from, feed === -1 ? bytes.length : feed + 1);
      this.#rest.push(piece);
      this.#restBytes += piece.length;
      if (this.#restBytes > this.#lineBytesMax)
        return [...items, this.#fault("event_too_large", "A line is too large")];
      if (feed === -1) break;
      items.push(...this.#take());
      from = feed + 1;
    }
    return items;
  }

  /** Call once when the stream has ended. */
  end(): SseItem[] {
    return this.#isOver ? [] : this.#take();
  }

  #take(): SseItem[] {
    const raw = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    if (!isUtf8(raw)) return [this.#fault("invalid_utf8", "The stream is not valid UTF-8")];
    const data = raw.toString("utf8").trim();
    return data === "" ? [] : [{ ok: true, value: { data, comments: [], isPlain: true, raw } }];
  }

  #fault(code: "event_too_large" | "invalid_utf8", message: string): SseItem {
    this.#isOver = true;
    return { ok: false, fault: { code, message } };
  }
}
