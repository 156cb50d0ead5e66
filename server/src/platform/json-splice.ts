/** Bytes `start` to `end` of a body become the JSON string of `value`, or the token's bytes as given. */
export type JsonEdit =
  | { readonly start: number; readonly end: number; readonly value: string }
  | { readonly start: number; readonly end: number; readonly token: Buffer };

/** UTF-16 units `start` to `end` of a string's decoded value become `replacement`. */
export interface StringEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

const inOrder = <T extends { readonly start: number; readonly end: number }>(edits: readonly T[]): readonly T[] => {
  const sorted = edits.toSorted((left, right) => left.start - right.start);
  let from = 0;
  for (const { start, end } of sorted) {
    if (start < from || end < start) throw new RangeError(`edits overlap at ${start}`);
    from = end;
  }
  return sorted;
};

/** The body with whole tokens replaced and every other byte as it was. Edits may come in any order, not overlap. */
export const spliceJsonStrings = (bytes: Buffer, edits: readonly JsonEdit[]): Buffer => {
  if (edits.length === 0) return bytes;
  const parts: Buffer[] = [];
  let from = 0;
  for (const edit of inOrder(edits)) {
    if (edit.end > bytes.length) throw new RangeError(`an edit ends at ${edit.end}, beyond the body`);
    parts.push(
      bytes.subarray(from, edit.start),
      "token" in edit ? edit.token : Buffer.from(JSON.stringify(edit.value)),
    );
    from = edit.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
};

interface Unit {
  readonly bytes: number;
  /** UTF-16 units of the decoded value that these bytes stand for. */
  readonly units: number;
}

/** The character at `at` inside a string token: an escape, an escaped surrogate pair or raw UTF-8. */
const unitAt = (bytes: Buffer, at: number): Unit => {
  const byte = bytes[at] ?? 0;
  if (byte === BACKSLASH) {
    if (bytes[at + 1] !== LETTER_U) return { bytes: 2, units: 1 };
    const second = bytes[at + 2] ?? 0;
    const third = bytes[at + 3] ?? 0;
    const isHigh =
      (second === 0x64 || second === 0x44) &&
      (third === 0x38 || third === 0x39 || third === 0x61 || third === 0x41 || third === 0x62 || third === 0x42);
    return isHigh ? { bytes: 12, units: 2 } : { bytes: 6, units: 1 };
  }
  if (byte < 0x80) return { bytes: 1, units: 1 };
  if (byte < 0xe0) return { bytes: 2, units: 1 };
  if (byte < 0xf0) return { bytes: 3, units: 1 };
  return { bytes: 4, units: 2 };
};

/**
 * The string token at `start` to `end` (quotes included) with spans of its value replaced; all other bytes
 * stay as they were, escapes included. The token must have passed `scanJson`. A span that begins or ends inside
 * a surrogate pair takes the whole pair.
 */
export const editStringToken = (bytes: Buffer, start: number, end: number, spans: readonly StringEdit[]): Buffer => {
  const parts: Buffer[] = [];
  let from = start;
  let at = start + 1;
  let unit = 0;
  const last = end - 1;
  for (const span of inOrder(spans)) {
    let next = unitAt(bytes, at);
    while (at < last && unit + next.units <= span.start) {
      at += next.bytes;
      unit += next.units;
      next = unitAt(bytes, at);
    }
    parts.push(bytes.subarray(from, at), Buffer.from(JSON.stringify(span.replacement)).subarray(1, -1));
    while (at < last && unit < span.end) {
      at += next.bytes;
      unit += next.units;
      next = unitAt(bytes, at);
    }
    from = at;
  }
  parts.push(bytes.subarray(from, end));
  return Buffer.concat(parts);
};
