/** A key of a JSON body. */
export interface KnownKey {
  readonly key: string;
  /** The key as it stands in the body, quotes included; no escapes, ASCII. */
  readonly token: string;
  /** What the key adds to a pointer. */
  readonly pointer: string;
  /** Whether it is a name and no text. */
  readonly isPlain: boolean;
}

const SLOTS = 1_024;
/** Plain keys have at most 32 characters. */
const TOKEN_UNITS_MAX = 34;
const QUOTE = 0x22;

/** Two keys per slot, the older in the second half. A collision only costs time. */
const knownKeys = Array.from({ length: 2 * SLOTS }, (): KnownKey | undefined => undefined);

/** From all of the key: protocols have names that share their beginnings (`content`, `contents`, `contentBlockIndex`). */
const slotOf = (text: string, start: number): number => {
  let slot = 0;
  for (let at = start + 1; at < start + TOKEN_UNITS_MAX; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    slot = (slot * 31 + unit) | 0;
  }
  return (slot ^ (slot >>> 10)) & (SLOTS - 1);
};

/** The key whose quote stands at `start`, if it was seen before: bodies repeat few keys many times, and none is made anew. */
export const knownKeyAt = (text: string, start: number): KnownKey | undefined => {
  const slot = slotOf(text, start);
  const newer = knownKeys[slot];
  if (newer !== undefined && text.startsWith(newer.token, start)) return newer;
  const older = knownKeys[slot + SLOTS];
  return older !== undefined && text.startsWith(older.token, start) ? older : undefined;
};

/** Keeps a plain key for its next time. `token` as it stands at `start`, with its quotes, without escapes, and a string of its own. */
export const keepKey = (text: string, start: number, token: string): KnownKey => {
  const key = token.slice(1, -1);
  const kept = { key, token, pointer: `/${key}`, isPlain: true };
  const slot = slotOf(text, start);
  knownKeys[slot + SLOTS] = knownKeys[slot];
  knownKeys[slot] = kept;
  return kept;
};
