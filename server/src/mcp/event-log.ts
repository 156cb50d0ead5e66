import { formatSse } from "#platform";

/** Events of one stream that are kept for a client that comes back. */
interface KeptEvent {
  readonly seq: number;
  readonly text: string;
}

/** Where a stream's events go now. */
export interface EventTarget {
  readonly write: (text: string) => void;
  readonly end: () => void;
}

/** One stream of a session: what was sent on it, and who reads it now. */
export interface EventStream {
  readonly id: string;
  readonly push: (message: Buffer) => void;
  /** No more will come. */
  readonly finish: () => void;
  /** Sends what came after an event, or what nobody was sent, then what comes. Whoever read it before reads no more. */
  readonly attach: (target: EventTarget, afterSeq?: number) => void;
  readonly detach: (target: EventTarget) => void;
  readonly isRead: () => boolean;
}

export interface EventLog {
  readonly open: () => EventStream;
  /** A stream by the id of one of its events, and where in it the event stood. */
  readonly find: (eventId: string) => { readonly stream: EventStream; readonly seq: number } | undefined;
}

const STREAMS_MAX = 64;
const BYTES_MAX = 1024 * 1024;

/**
 * The streams of one session, so that a client whose connection broke reads on where it was (Last-Event-ID). Bounded:
 * the oldest events of ended streams go first, and what is gone cannot be read again.
 */
export const createEventLog = (): EventLog => {
  const streams = new Map<string, Stream>();
  let bytes = 0;
  let lastId = 0;

  const shrink = (): void => {
    for (const [id, stream] of streams) {
      if (bytes <= BYTES_MAX && streams.size <= STREAMS_MAX) return;
      if (!stream.isEnded && streams.size <= STREAMS_MAX) bytes -= stream.dropOldest();
      else {
        bytes -= stream.dropAll();
        streams.delete(id);
      }
    }
  };

  return {
    open: () => {
      lastId += 1;
      const stream = new Stream(`s${lastId}`, (added) => {
        bytes += added;
        shrink();
      });
      streams.set(stream.id, stream);
      shrink();
      return stream;
    },
    find: (eventId) => {
      const [, id = "", seq = ""] = /^(s\d{1,9})-(\d{1,9})$/.exec(eventId) ?? [];
      const stream = streams.get(id);
      return stream && { stream, seq: Number(seq) };
    },
  };
};

class Stream implements EventStream {
  readonly id: string;
  readonly #noted: (bytes: number) => void;
  #events: KeptEvent[] = [];
  #seq = 0;
  #sentSeq = 0;
  #target: EventTarget | undefined;
  isEnded = false;

  constructor(id: string, noted: (bytes: number) => void) {
    this.id = id;
    this.#noted = noted;
  }

  readonly push = (message: Buffer): void => {
    this.#seq += 1;
    const text = `id: ${this.id}-${this.#seq}\n${formatSse(message.toString("utf8"), "message")}`;
    this.#events.push({ seq: this.#seq, text });
    if (this.#target !== undefined) {
      this.#target.write(text);
      this.#sentSeq = this.#seq;
    }
    this.#noted(text.length);
  };

  finish(): void {
    this.isEnded = true;
    this.#target?.end();
    this.#target = undefined;
  }

  attach(target: EventTarget, afterSeq = this.#sentSeq): void {
    this.#target?.end();
    this.#sentSeq = this.#seq;
    for (const { seq, text } of this.#events) if (seq > afterSeq) target.write(text);
    if (this.isEnded) target.end();
    else this.#target = target;
  }

  detach(target: EventTarget): void {
    if (this.#target === target) this.#target = undefined;
  }

  isRead(): boolean {
    return this.#target !== undefined;
  }

  dropOldest(): number {
    return this.#events.shift()?.text.length ?? 0;
  }

  dropAll(): number {
    const all = this.#events.reduce((sum, { text }) => sum + text.length, 0);
    this.#events = [];
    this.finish();
    return all;
  }
}

/** First event of a stream: a client that loses the connection before any other has something to come back with. */
export const primingEvent = (stream: EventStream): string => `id: ${stream.id}-0\nretry: 1000\ndata: \n\n`;
