import type { Category } from "@parapet/model";
import { hmacHex, type Clock } from "#platform";
import { findTokens, tokenOf, type FoundToken } from "./mask-tokens.ts";

/** Longer values are redacted for good: nobody needs a private key back in an answer. */
const VALUE_UNITS_MAX = 4_096;
const VALUES_PER_SCOPE_MAX = 1_000;
const IDLE_MS_MAX = 60 * 60_000;
const BYTES_MAX = 16 * 1024 * 1024;
/** Map entry, token and strings' heads, roughly. */
const ENTRY_BYTES = 200;

/** A token with what stands behind it. */
export interface Unmasked extends FoundToken {
  readonly value: string;
}

/** Where a text goes that tokens are looked for in. */
export type Destination = "text" | "tool-call";

/** What one exchange may mask and put back. */
export interface Masks {
  /** The token of a value; undefined where it cannot be kept, so that it has to be cut for good. */
  readonly mask: (type: string, category: Category, value: string) => string | undefined;
  /** Tokens of this scope that begin from `from` on and before `until`, and whose value may go to this destination. */
  readonly find: (text: string, destination: Destination, from?: number, until?: number) => readonly Unmasked[];
  /** Whether there is anything that could be put back. */
  readonly isEmpty: () => boolean;
}

export interface MaskVault {
  /**
   * `scope` names who and which session, as nobody else can; `remembers`: whether a value of an earlier exchange of
   * this scope may be put back as well.
   */
  readonly open: (scope: string, remembers: boolean) => Masks;
  /** Whether any scope has remembered values. */
  readonly isEmpty: () => boolean;
  /** Of remembered values. */
  readonly bytes: () => number;
}

interface Secret {
  readonly value: string;
  readonly category: Category;
}

interface Remembered {
  readonly secrets: Map<string, Secret>;
  bytes: number;
  usedMs: number;
}

const sizeOf = ({ value }: Secret): number => ENTRY_BYTES + 2 * value.length;

/**
 * Values behind tokens, in memory and nowhere else: by session, least recently used first out, gone after an hour
 * of quiet. Tokens are keyed digests of scope, type and value, so the same value has the same token for as long
 * as the session lasts, whether it was forgotten in between or not.
 */
export const createMaskVault = (key: Buffer, clock: Pick<Clock, "now">, bytesMax = BYTES_MAX): MaskVault => {
  const scopes = new Map<string, Remembered>();
  let bytes = 0;

  const forget = (scope: string, remembered: Remembered): void => {
    scopes.delete(scope);
    bytes -= remembered.bytes;
  };

  /** Scopes stand in the order of their last use. */
  const makeRoom = (): void => {
    const nowMs = clock.now();
    for (const [scope, remembered] of scopes) {
      if (bytes <= bytesMax && nowMs - remembered.usedMs < IDLE_MS_MAX) return;
      forget(scope, remembered);
    }
  };

  const recall = (scope: string): Remembered | undefined => {
    const known = scopes.get(scope);
    if (known === undefined) return undefined;
    const nowMs = clock.now();
    if (nowMs - known.usedMs >= IDLE_MS_MAX) {
      forget(scope, known);
      return undefined;
    }
    known.usedMs = nowMs;
    scopes.delete(scope);
    scopes.set(scope, known);
    return known;
  };

  const remember = (scope: string, token: string, secret: Secret): void => {
    const known = recall(scope) ?? { secrets: new Map<string, Secret>(), bytes: 0, usedMs: clock.now() };
    if (known.secrets.has(token)) return;
    scopes.set(scope, known);
    const grow = (by: number): void => {
      known.bytes += by;
      bytes += by;
    };
    known.secrets.set(token, secret);
    grow(sizeOf(secret));
    const [oldest] = known.secrets;
    if (known.secrets.size > VALUES_PER_SCOPE_MAX && oldest !== undefined) {
      known.secrets.delete(oldest[0]);
      grow(-sizeOf(oldest[1]));
    }
    makeRoom();
  };

  const open: MaskVault["open"] = (scope, remembers) => {
    const own = new Map<string, Secret>();
    const earlier = remembers ? recall(scope)?.secrets : undefined;
    const behind = (token: string): Secret | undefined => own.get(token) ?? earlier?.get(token);

    return {
      mask: (type, category, value) => {
        if (value === "" || value.length > VALUE_UNITS_MAX) return undefined;
        const token = tokenOf(type, hmacHex(key, "mask", scope, type, value));
        const known = behind(token);
        if (known !== undefined && known.value !== value) return undefined;
        own.set(token, { value, category });
        if (remembers) remember(scope, token, { value, category });
        return token;
      },
      find: (text, destination, from, until) =>
        findTokens(text, from, until).flatMap((found) => {
          const secret = behind(found.token);
          if (secret === undefined) return [];
          // What must not be in a tool call when it is judged must not come into it afterwards.
          if (destination === "tool-call" && secret.category === "secret") return [];
          return [{ ...found, value: secret.value }];
        }),
      isEmpty: () => own.size === 0 && (earlier === undefined || earlier.size === 0),
    };
  };

  return {
    open,
    // Asked in every exchange and by whoever reads the metrics: what nobody asks for by name is forgotten here.
    isEmpty: () => {
      makeRoom();
      return scopes.size === 0;
    },
    bytes: () => {
      makeRoom();
      return bytes;
    },
  };
};
