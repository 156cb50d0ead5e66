import { createRandom, pick } from "./random.ts";
import type { Carrier, CorpusPart, Row } from "./rows.ts";

const SLOT = "⟦⟧";

export interface RecombineOptions {
  readonly seed: number;
  /** Attacks to make from carriers and snippets, each with its harmless twin. */
  readonly inserted: number;
  /** Attacks to make from a harmless request followed or preceded by an attack, each with its twin. */
  readonly joined: number;
}

/** Puts a text at one of the carrier's places; the other places close up. */
const insert = (random: () => number, carrier: Carrier, text: string): string => {
  const pieces = carrier.text.split(SLOT);
  const place = 1 + Math.floor(random() * (pieces.length - 1));
  return pieces.slice(0, place).join("") + text + pieces.slice(place).join("");
};

/**
 * New rows from the authors' pieces: the same injection in many carriers, the same carrier with and without one. What
 * is made from one author's pieces only never mixes parts, so that a part can be held out whole.
 */
export const recombine = (part: CorpusPart, { seed, inserted, joined }: RecombineOptions): Row[] => {
  const random = createRandom(seed);
  const base = { source: `own_${part.name}`, strength: "clear", obfuscated: false, turns: false } as const;
  const rows: Row[] = [];
  const byLanguage = Map.groupBy(part.carriers, ({ lang }) => lang);
  if (part.carriers.length > 0 && part.snippets.length > 0)
    for (let i = 0; i < inserted; i += 1) {
      const { text, twin, lang, kind } = pick(random, part.snippets);
      const carriers = (random() < 0.8 ? byLanguage.get(lang) : undefined) ?? part.carriers;
      const carrier = pick(random, carriers);
      const made = { ...base, kind, channel: carrier.channel, lang };
      rows.push({
        ...made,
        id: `${part.name}-inserted-${i}-a`,
        label: 1,
        text: insert(random, carrier, text),
        span: text,
      });
      rows.push({ ...made, id: `${part.name}-inserted-${i}-b`, label: 0, text: insert(random, carrier, twin) });
    }
  const requests = part.rows.filter(({ label, channel }) => label === 0 && channel === "user");
  const attacks = part.rows.filter(
    ({ label, channel, strength }) => label === 1 && channel === "user" && strength === "clear",
  );
  if (requests.length > 0 && attacks.length > 0)
    for (let i = 0; i < joined; i += 1) {
      const attack = pick(random, attacks);
      const request = pick(random, requests).text;
      const other = pick(random, requests).text;
      const join = pick(random, ["\n", "\n\n", " ", "\n---\n", ". "]);
      const first = random() < 0.75;
      const both = (text: string): string => (first ? request + join + text : text + join + request);
      const made = { ...base, kind: attack.kind, channel: "user", lang: attack.lang } as const;
      rows.push({
        ...made,
        id: `${part.name}-joined-${i}-a`,
        label: 1,
        text: both(attack.text),
        span: attack.span ?? attack.text,
      });
      rows.push({ ...made, id: `${part.name}-joined-${i}-b`, label: 0, text: both(other) });
    }
  return rows;
};
