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
  /** Not yet joined to `held`: a message that comes byte by byte must not be copied byte by byte. */
  let parts: Buffer[] = [];
  let partBytes = 0;
  /** Looking again is worth it from this many bytes on, or, inside a line, at its end. */
  let wanted = 0;
  let isInLine = false;
  /** Whether the rest of a line that was too long is being passed over. */
  let isSkipping = false;

  /** Undefined: more has to come. */
  const next = (): string | undefined => {
    const first = held[0];
    if (first === undefined) return undefined;
    if (!isSkipping && first >= 0x31 && first <= 0x39) {
      const space = held.subarray(0, LENGTH_DIGITS_MAX + 1).indexOf(0x20);
      const length = space === -1 ? Number.NaN : Number(held.toString("latin1", 0, space));
      if (space === -1 && held.length <= LENGTH_DIGITS_MAX && /^\d+$/.test(held.toString("latin1"))) {
        [wanted, isInLine] = [held.length + 1, false];
        return undefined;
      }
      if (Number.isSafeInteger(length) && length <= MESSAGE_BYTES_MAX) {
        if (held.length < space + 1 + length) {
          [wanted, isInLine] = [space + 1 + length, false];
          return undefined;
        }
        const message = held.toString("utf8", space + 1, space + 1 + length);
        held = held.subarray(space + 1 + length);
        return message;
      }
    }
    const line = held.indexOf(0x0a);
    if (line === -1) {
      if (held.length <= MESSAGE_BYTES_MAX) {
        [wanted, isInLine] = [MESSAGE_BYTES_MAX + 1, true];
        return undefined;
      }
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

  const push = (chunk: Buffer): string[] => {
    parts.push(chunk);
    partBytes += chunk.length;
    if (held.length + partBytes < wanted && !(isInLine && chunk.includes(0x0a))) return [];
    held = Buffer.concat([held, ...parts]);
    [parts, partBytes, wanted, isInLine] = [[], 0, 0, false];
    return all();
  };

  return {
    push,
    end: () => {
      wanted = 0;
      return push(Buffer.of(0x0a));
    },
  };
};
