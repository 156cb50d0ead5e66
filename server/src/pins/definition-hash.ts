import { canonical } from "#ledger";
import { sha256Hex } from "#platform";

export type Definition = Readonly<Record<string, unknown>>;

const hashes = new WeakMap<Definition, string>();

/** What a client keeps for itself; no model reads it, and servers put times and counters there. */
const unread = ({ _meta: _unread, ...rest }: Definition): Definition => rest;

/** SHA-256 over RFC 8785 of a definition, hex; the same whatever the order of its members. */
export const definitionHash = (definition: Definition): string => {
  const known = hashes.get(definition);
  if (known !== undefined) return known;
  const hash = sha256Hex(canonical(unread(definition)));
  hashes.set(definition, hash);
  return hash;
};

/** The same without its name, so that a renamed tool is known again. */
export const bodyHash = ({ name: _name, ...rest }: Definition): string => sha256Hex(canonical(unread(rest)));
