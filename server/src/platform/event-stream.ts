import { isUtf8 } from "node:buffer";
import { crc32 } from "node:zlib";
import type { SseItem } from "./sse.ts";

const FRAME_BYTES_MIN = 16;
const LENGTH_BYTES = 4;
const NAME = /^[A-Za-z]{1,64}$/;
const TYPE = "application/json";
const EXCEPTION = "Exception";
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const STRING = 7;
/** Bytes of a header's value by its type; those of length zero here say it themselves. */
const VALUE_BYTES: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

/** Headers that a frame written here has, too. */
const OWN_HEADERS: ReadonlySet<string> = new Set([":message-type", ":event-type", ":exception-type", ":content-type"]);

/**
 * Reader of AWS event streams (`application/vnd.amazon.eventstream`), over bytes cut anywhere. A frame whose checksums
 * are wrong is a fault. The data of an event is its JSON payload under its name: `{"messageStop":{…}}`.
 */
export class EventStreamParser {
  readonly #frameBytesMax: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isOver = false;

  constructor({ eventBytesMax }: { readonly eventBytesMax: number }) {
    this.#frameBytesMax = eventBytesMax;
  }

  push(chunk: Uint8Array): SseItem[] {
    if (this.#isOver) return [];
    this.#rest.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#restBytes += chunk.byteLength;
    const items: SseItem[] = [];
    while (!this.#isOver) {
      const length = this.#frameLength();
      if (length === undefined) break;
      if (length < FRAME_BYTES_MIN) items.push(this.#fault("invalid_frame", "A frame is too short"));
      else if (length > this.#frameBytesMax) items.push(this.#fault("event_too_large", "A frame is too large"));
      else if (this.#restBytes < length) break;
      else items.push(this.#take(length));
    }
    return items;
  }

  /** Call once when the stream has ended. */
  end(): SseItem[] {
    if (this.#isOver || this.#restBytes === 0) return [];
    return [this.#fault("invalid_frame", "The stream ended inside a frame")];
  }

  /** Of the frame at the front; undefined while its length has not come. */
  #frameLength(): number | undefined {
    if (this.#restBytes < LENGTH_BYTES) return undefined;
    while ((this.#rest[0]?.length ?? 0) < LENGTH_BYTES) {
      const [first, second, ...others] = this.#rest;
      if (first === undefined || second === undefined) return undefined;
      this.#rest = [Buffer.concat([first, second]), ...others];
    }
    return this.#rest[0]?.readUInt32BE(0);
  }

  #take(length: number): SseItem {
    const all = this.#rest.length === 1 && this.#rest[0] !== undefined ? this.#rest[0] : Buffer.concat(this.#rest);
    const raw = all.subarray(0, length);
    this.#rest = length === all.length ? [] : [all.subarray(length)];
    this.#restBytes -= length;
    try {
      return this.#read(raw);
    } catch {
      return this.#fault("invalid_frame", "A frame's checksum or headers are wrong");
    }
  }

  #read(raw: Buffer): SseItem {
    const { headers, body } = readFrame(raw);
    const textOf = (name: string): string => headers.get(name) ?? "";
    const kind = textOf(":message-type");
    const isOwn = [...headers.keys()].every((name) => OWN_HEADERS.has(name)) && textOf(":content-type") === TYPE;
    if (kind === "error") {
      const message = textOf(":error-message") || textOf(":error-code");
      const data = JSON.stringify({ internalServerException: { message } });
      return { ok: true, value: { data, comments: [], isPlain: false, raw } };
    }
    const name = kind === "exception" ? textOf(":exception-type") : textOf(":event-type");
    if (
      !NAME.test(name) ||
      (kind !== "event" && kind !== "exception") ||
      name.endsWith(EXCEPTION) !== (kind !== "event")
    )
      return this.#fault("invalid_frame", "A frame has no name");
    if (!isUtf8(body)) return this.#fault("invalid_utf8", "The stream is not valid UTF-8");
    const payload = body.toString("utf8");
    return { ok: true, value: { data: `{"${name}":${payload || "{}"}}`, comments: [], isPlain: isOwn, raw } };
  }

  #fault(code: "event_too_large" | "invalid_utf8" | "invalid_frame", message: string): SseItem {
    this.#isOver = true;
    return { ok: false, fault: { code, message } };
  }
}

/** Headers that are texts, others empty, and the payload. Throws what a frame must not be. */
const readFrame = (raw: Buffer): { readonly headers: ReadonlyMap<string, string>; readonly body: Buffer } => {
  const end = raw.length - CRC_BYTES;
  const isWhole =
    raw.readUInt32BE(8) === crc32(raw.subarray(0, 8)) && raw.readUInt32BE(end) === crc32(raw.subarray(0, end));
  const bodyAt = PRELUDE_BYTES + raw.readUInt32BE(4);
  if (!isWhole || bodyAt > end) throw new Error("not a frame");
  const headers = new Map<string, string>();
  for (let at = PRELUDE_BYTES; at < bodyAt;) {
    const nameEnd = at + 1 + raw.readUInt8(at);
    const name = raw.toString("utf8", at + 1, nameEnd);
    const type = raw.readUInt8(nameEnd);
    const fixed = VALUE_BYTES[type];
    if (fixed === undefined || headers.has(name)) throw new Error("not a frame");
    const valueAt = nameEnd + (fixed === -1 ? 3 : 1);
    at = valueAt + (fixed === -1 ? raw.readUInt16BE(nameEnd + 1) : fixed);
    if (at > bodyAt) throw new Error("not a frame");
    headers.set(name, type === STRING ? raw.toString("utf8", valueAt, at) : "");
  }
  return { headers, body: raw.subarray(bodyAt, end) };
};

const header = (name: string, value: string): Buffer => {
  const length = Buffer.alloc(3, STRING);
  length.writeUInt16BE(Buffer.byteLength(value), 1);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
};

/** The frame of an event as it is read above; one whose name ends with `Exception` is one. */
export const formatEventFrame = (data: string): Buffer => {
  const name = /^\{"([A-Za-z]{1,64})":/.exec(data)?.[1];
  if (name === undefined) throw new Error("an event of an event stream stands under its name");
  const isException = name.endsWith(EXCEPTION);
  const headers = Buffer.concat([
    header(isException ? ":exception-type" : ":event-type", name),
    header(":content-type", TYPE),
    header(":message-type", isException ? "exception" : "event"),
  ]);
  const body = Buffer.from(data.slice(name.length + 4, -1));
  const frame = Buffer.alloc(FRAME_BYTES_MIN + headers.length + body.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - CRC_BYTES)), frame.length - CRC_BYTES);
  return frame;
};
