/** Longest private key that is read as one span; RSA with 8192 bits needs 6,400 characters. */
export const PRIVATE_KEY_UNITS_MAX = 8192;

const BEGIN = /-{5}BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-{5}/y;
const BODY_UNITS_MIN = 64;

export interface PrivateKey {
  readonly start: number;
  readonly end: number;
  readonly type: "private-key" | "gcp-service-account-key";
}

/** Reads the private key that begins at `start`; a key cut short still counts, a certificate does not. */
export const readPrivateKey = (text: string, start: number): PrivateKey | undefined => {
  BEGIN.lastIndex = start;
  const begin = BEGIN.exec(text);
  if (begin === null) return undefined;
  const bodyStart = BEGIN.lastIndex;
  // Up to the next header only, so that a text full of headers costs no more than its length.
  const next = text.indexOf("-----BEGIN", bodyStart);
  const bound = start + PRIVATE_KEY_UNITS_MAX;
  const window = text.slice(bodyStart, next === -1 ? bound : Math.min(next, bound));
  const closing = /-{5}END [A-Z0-9 ]{0,50}-{5}/.exec(window);
  // A key pasted without its last line: as far as its alphabet reaches.
  const body =
    closing === null ? (/^[A-Za-z0-9+/=\s\\:,.()-]*/.exec(window)?.[0] ?? "") : window.slice(0, closing.index);
  const material = body.replace(/\\[nr]|^[A-Za-z-]+:.*$/gm, "").replace(/[^A-Za-z0-9+/]/g, "");
  if (material.length < BODY_UNITS_MIN || new Set(material).size < 12) return undefined;
  const end = bodyStart + (closing === null ? body.trimEnd().length : closing.index + closing[0].length);
  const isServiceAccount = text.slice(Math.max(0, start - 600), start).includes("service_account");
  return { start, end, type: isServiceAccount ? "gcp-service-account-key" : "private-key" };
};

const PUTTY_HEADER = "PuTTY-User-Key-File-";
const PUTTY_PRIVATE = /Private-Lines: \d{1,4}\r?\n(?:[A-Za-z0-9+/=]{1,80}(?:\r?\n|$)){1,100}/;

export const readPuttyKey = (text: string, start: number): PrivateKey | undefined => {
  if (!text.startsWith(PUTTY_HEADER, start)) return undefined;
  const next = text.indexOf(PUTTY_HEADER, start + 1);
  const bound = start + PRIVATE_KEY_UNITS_MAX;
  const match = PUTTY_PRIVATE.exec(text.slice(start, next === -1 ? bound : Math.min(next, bound)));
  return match === null
    ? undefined
    : { start, end: start + match.index + match[0].trimEnd().length, type: "private-key" };
};
