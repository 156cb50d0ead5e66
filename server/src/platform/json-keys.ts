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

const SLOTS = 256;

/** Two keys per slot, the older in the second half: "message" and "messages" share theirs. A collision only costs time. */
const knownKeys = Array.from({ length: 2 * SLOTS }, (): KnownKey | undefined => undefined);

const slotOf = (text: string, start: number): number =>
  (text.charCodeAt(start + 1) * 7 + text.charCodeAt(start + 2) * 31 + text.charCodeAt(start + 4)) & (SLOTS - 1);

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
