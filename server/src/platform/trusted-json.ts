/**
 * Reads JSON that this program wrote and sealed itself (spool frames, its own database columns). The seal
 * is the check; parsing 3 KB with a schema again would cost more than everything else the drain does.
 * Never for anything that came over a wire.
 */
export const parseTrusted = <T>(json: string): T => JSON.parse(json) as T;

/** Parses with a schema; without one the value is not read at all and `T` is `undefined`. */
export const parseOptional = <T>(schema: { parse: (value: unknown) => T } | undefined, value: unknown): T =>
  schema === undefined ? (undefined as T) : schema.parse(value);

/** A message from a worker thread of this very program, which TypeScript cannot see the type of. */
export const trustMessage = <T>(message: unknown): T => message as T;
