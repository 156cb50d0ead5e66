import { createLiteralAutomaton, type LiteralAutomaton } from "../literal-automaton.ts";

/** Shorter ones would be found by chance. */
const SECRET_UNITS_MIN = 6;

export interface SecretSearch {
  readonly automaton: LiteralAutomaton;
  /** How the secret is written, by literal. */
  readonly ways: readonly string[];
}

// Base64 of a secret inside a longer text depends on where it starts; the two edges vary with what is around it.
const base64Cores = (secret: string): string[] =>
  [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
    const whole = bytes.toString("base64").replaceAll("=", "");
    const first = shift === 0 ? 0 : shift + 1;
    const last = bytes.length % 3 === 0 ? whole.length : whole.length - 1;
    return whole.slice(first, last);
  });

const writings = (secret: string): (readonly [string, string])[] => [
  [secret, "in clear"],
  ...base64Cores(secret).flatMap((core): [string, string][] => [
    [core, "in base64"],
    [core.replaceAll("+", "-").replaceAll("/", "_"), "in base64url"],
  ]),
  [Buffer.from(secret).toString("hex"), "in hex"],
  [encodeURIComponent(secret), "in URL encoding"],
  [Array.from(secret).reverse().join(""), "reversed"],
];

const cache = new WeakMap<readonly string[], SecretSearch>();

/** Search for every writing of the registered secrets; made once per list. */
export const secretSearch = (secrets: readonly string[]): SecretSearch => {
  const known = cache.get(secrets);
  if (known !== undefined) return known;
  const unique = new Map<string, string>();
  for (const secret of secrets.filter(({ length }) => length >= SECRET_UNITS_MIN)) {
    for (const [text, way] of writings(secret)) {
      const literal = text.toLowerCase();
      if (literal.length >= SECRET_UNITS_MIN && !unique.has(literal)) unique.set(literal, way);
    }
  }
  const search = { automaton: createLiteralAutomaton([...unique.keys()]), ways: [...unique.values()] };
  cache.set(secrets, search);
  return search;
};
