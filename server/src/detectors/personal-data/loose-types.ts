/** Types that only wording speaks for; never surer than 0.6, and off unless the operator asks. */
export interface LooseType {
  readonly type: "PERSON" | "STREET_ADDRESS" | "ZIP_CODE";
  readonly title: string;
  readonly pattern: RegExp;
  readonly confidence: number;
}

const NAME =
  "\\p{Lu}[\\p{L}'’-]{1,24}(?: \\p{Lu}\\.)?(?: (?:van |von |de |da |di |del |der |den )?\\p{Lu}[\\p{L}'’-]{1,24}){0,3}";
const WORDS = "(?:[\\p{Lu}\\d][\\p{L}'’.-]{0,24} ){0,3}";

const street = (source: string): LooseType => ({
  type: "STREET_ADDRESS",
  title: "Street address",
  pattern: new RegExp(`(?<![\\p{L}\\d])(?<span>${source})(?![\\p{L}\\d])`, "gu"),
  confidence: 0.6,
});

const person = (source: string, confidence: number): LooseType => ({
  type: "PERSON",
  title: "Name of a person",
  pattern: new RegExp(source, "gu"),
  confidence,
});

export const LOOSE_TYPES: readonly LooseType[] = [
  person(
    `(?<![\\p{L}])(?:[Mm]y name is|[Ii] am called|[Ii]ch heiße|[Mm]ein Name ist|[Jj]e m'appelle|[Mm]e llamo|[Mm]i chiamo|[Mm]ijn naam is|[Nn]azywam się) (?<span>${NAME})`,
    0.6,
  ),
  person(
    `(?<![\\p{L}])(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Monsieur|Madame|Señora?|Signora?|Mevrouw|Meneer|Pan|Pani)\\.? (?<span>${NAME})`,
    0.55,
  ),
  person(
    `(?:^|\\n)(?:Kind|Best|Warm)? ?(?:[Rr]egards|[Ss]incerely|Mit freundlichen Grüßen|Cordialement|Saludos|Cordiali saluti|Met vriendelijke groet),?\\n+(?<span>${NAME})`,
    0.55,
  ),
  street(
    `\\d{1,5}[A-Za-z]? ${WORDS}\\p{Lu}[\\p{L}'’.-]{1,24} (?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Terrace|Way|Close|Crescent)\\.?`,
  ),
  street("\\p{Lu}[\\p{L}-]{1,30}(?:straße|strasse|str\\.|weg|platz|allee|gasse|damm|ufer) \\d{1,4} ?[a-z]?"),
  street(
    `\\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai) (?:(?:de|du|des|de la|la|le|les) )?${WORDS}[\\p{L}'’-]{2,24}`,
  ),
  street(
    `(?:Calle|Avenida|Avda\\.|Plaza|Paseo|Carrera|C/) (?:(?:de|del|de la) )?${WORDS}\\p{Lu}[\\p{L}]{1,24},? (?:n[ºo°.]+ ?)?\\d{1,4}`,
  ),
  street(`(?:Via|Viale|Piazza|Corso|Largo|Vicolo) (?:(?:di|del|della|dei) )?${WORDS}\\p{Lu}[\\p{L}]{1,24},? \\d{1,4}`),
  street("\\p{Lu}[\\p{L}]{1,30}(?:straat|laan|plein|gracht|kade|dijk|singel) \\d{1,4} ?[a-zA-Z]?"),
  street(`(?:ul\\.|al\\.|pl\\.|os\\.) ${WORDS}\\p{Lu}[\\p{L}]{1,24} \\d{1,4}[a-z]?(?:/\\d{1,3})?`),
];

/** A postal code, told only where a street address stands before it. */
export const ZIP_AFTER_ADDRESS =
  /^[^\n]{0,40}(?:\n[^\n]{0,40})?(?<![\p{L}\d])(?<span>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} [A-Z]{2}|\d{2}-\d{3})(?![\p{L}\d])/u;
