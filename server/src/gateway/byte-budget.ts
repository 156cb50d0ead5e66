import { Fault } from "#platform";

/** Each exchange may hold this much whatever others hold, so that ordinary requests pass while large ones are turned away. */
export const FREE_BYTES = 64 * 1024;

const RETRY_AFTER_SECONDS = 2;

/** What one exchange holds of its bodies. */
export interface ByteShare {
  /** Throws the `overloaded` fault where this much more would not be let in now. Takes nothing. */
  readonly expect: (bytes: number) => void;
  /** Counts what is kept from now on. Throws the `overloaded` fault, and counts nothing, where there is no room. */
  readonly take: (bytes: number) => void;
  /** Lets go of all but this much. */
  readonly keepOnly: (bytes: number) => void;
}

export interface ByteBudget {
  readonly open: () => ByteShare;
  /** Held by all exchanges in flight. */
  readonly bytes: () => number;
}

/**
 * Bytes of bodies that all exchanges in flight may hold together: requests from their first byte on, answers until
 * their callers have taken them. An exchange that is alone always has room; its own limits bound it.
 */
export const createByteBudget = (bytesMax: number): ByteBudget => {
  let total = 0;

  const open = (): ByteShare => {
    let own = 0;
    const expect = (bytes: number): void => {
      if (own + bytes <= FREE_BYTES || total + bytes <= bytesMax || total === own) return;
      throw new Fault("overloaded", {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        detail: `bodies in flight hold ${total} of ${bytesMax} bytes`,
      });
    };
    return {
      expect,
      take: (bytes) => {
        expect(bytes);
        own += bytes;
        total += bytes;
      },
      keepOnly: (bytes) => {
        const gone = Math.max(0, own - bytes);
        own -= gone;
        total -= gone;
      },
    };
  };

  return { open, bytes: () => total };
};
