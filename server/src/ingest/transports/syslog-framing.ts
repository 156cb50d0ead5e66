/** Longest message; a longer one is cut there, and the rest of its line thrown away. */
export const MESSAGE_BYTES_MAX = 256 * 1024;

/** Cuts a stream of syslog into messages: octet counting (RFC 6587 §3.4.1) where it says a length, else lines. */
export interface SyslogFraming {
  readonly push: (chunk: Buffer) => string[];
  /** What stood there when the sender ended. */
  readonly end: () => string[];
}

const LENGTH_DIGITS_MAX = 7;

export const createSyslogFraming = (): SyslogFraming => {
  let held: Buffer = Buffer.alloc(0);
  /** Whether the rest of a line that was too long is being passed over. */
  let isSkipping = false;

  /** Undefined: more has to come. */
  const next = (): string | undefined => {
    const first = held[0];
    if (first === undefined) return undefined;
    if (!isSkipping && first >= 0x31 && first <= 0x39) {
      const space = held.subarray(0, LENGTH_DIGITS_MAX + 1).indexOf(0x20);
      const length = space === -1 ? Number.NaN : Number(held.toString("latin1", 0, space));
      if (space === -1 && held.length <= LENGTH_DIGITS_MAX && /^\d+$/.test(held.toString("latin1"))) return undefined;
      if (Number.isSafeInteger(length) && length <= MESSAGE_BYTES_MAX) {
        if (held.length < space + 1 + length) return undefined;
        const message = held.toString("utf8", space + 1, space + 1 + length);
        held = held.subarray(space + 1 + length);
        return message;
      }
    }
    const line = held.indexOf(0x0a);
    if (line === -1) {
      if (held.length <= MESSAGE_BYTES_MAX) return undefined;
      const message = isSkipping ? "" : held.toString("utf8", 0, MESSAGE_BYTES_MAX);
      held = Buffer.alloc(0);
      isSkipping = true;
      return message;
    }
    const message = isSkipping ? "" : held.toString("utf8", 0, Math.min(line, MESSAGE_BYTES_MAX));
    held = held.subarray(line + 1);
    isSkipping = false;
    return message;
  };

  const all = (): string[] => {
    const messages: string[] = [];
    for (let message = next(); message !== undefined; message = next()) {
      const trimmed = message.replace(/[\r\n\0]+$/, "");
      if (trimmed !== "") messages.push(trimmed);
    }
    return messages;
  };

  return {
    push: (chunk) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      return all();
    },
    end: () => {
      held = Buffer.concat([held, Buffer.of(0x0a)]);
      return all();
    },
  };
};
