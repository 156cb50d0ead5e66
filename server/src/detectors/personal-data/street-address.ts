/** Postal addresses by their wording; off unless the operator asks. */
export interface StreetForm {
  readonly pattern: RegExp;
  readonly confidence: number;
}

const WORDS = "(?:[\\p{Lu}\\d][\\p{L}'’.-]{0,24} ){0,3}";
const LINK = "(?:(?:de|du|des|do|da|dos|das|del|della|dei|di|de la|de los|de las|la|le|les) |d['’]|de l['’])?";
const UNIT = "(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor)\\.? ?[\\dA-Z]{1,6}(?![\\p{L}\\d]))?";

const street = (source: string, confidence: number): StreetForm => ({
  pattern: new RegExp(`(?<![\\p{L}\\d.,:/-])(?:${source})(?![\\p{L}\\d])`, "gu"),
  confidence,
});

export const STREET_FORMS: readonly StreetForm[] = [
  street(
    `\\d{1,5}[A-Za-z]?,? ${WORDS}\\p{Lu}[\\p{L}'’.-]{1,24} (?:Street|Avenue|Road|Lane|Boulevard|Terrace|Crescent|Parkway|Highway|(?:St|Ave|Rd|Ln|Blvd|Pkwy)\\.?)${UNIT}`,
    0.8,
  ),
  // `2020 Google Drive`, `3 Easy Way`: words that are more than streets.
  street(
    `(?<!\\b(?:[Ii]n|[Ss]ince|[Bb]y|[Oo]f|[Ff]rom|[Ff]or|[Tt]he|[Tt]op|[Aa]nd|[Oo]r) )\\d{1,5}[A-Za-z]? ${WORDS}(?!(?:Google|Hard|Flash|Test|One|Disk|Easy|Best|Supreme|High|Times|Red) )\\p{Lu}[\\p{L}'’.-]{1,24} (?:Drive|Court|Square|Way|Close|Place|(?:Dr|Ct|Sq|Pl)\\.?)${UNIT}`,
    0.6,
  ),
  street("\\p{Lu}[\\p{L}-]{1,30}(?:straße|strasse|str\\.|weg|platz|allee|gasse|damm|ufer) \\d{1,4} ?[a-z]?", 0.8),
  street(
    `\\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allée|impasse|quai|Rue|Avenue|Boulevard|Place|Chemin|Allée|Impasse|Quai) ${LINK}${WORDS}[\\p{L}'’-]{2,24}`,
    0.8,
  ),
  street(`(?:Rue|Avenue|Boulevard|Chemin|Allée) ${LINK}${WORDS}\\p{Lu}[\\p{L}'’-]{1,24},? \\d{1,4}`, 0.75),
  street(
    `(?:Calle|Avenida|Avda\\.|Plaza|Paseo|Carrera|C/) ${LINK}${WORDS}\\p{Lu}[\\p{L}]{1,24},? (?:n[ºo°.]+ ?)?\\d{1,4}`,
    0.75,
  ),
  street(`(?:Rua|Travessa|Praça|Estrada|Av\\.) ${LINK}${WORDS}\\p{Lu}[\\p{L}]{1,24},? (?:n[ºo°.]+ ?)?\\d{1,4}`, 0.75),
  street(`(?:Via|Viale|Piazza|Corso|Largo|Vicolo) ${LINK}${WORDS}\\p{Lu}[\\p{L}]{1,24},? \\d{1,4}`, 0.75),
  street("\\p{Lu}[\\p{L}]{1,30}(?:straat|laan|plein|gracht|kade|dijk|singel|weg) \\d{1,4} ?[a-zA-Z]?", 0.8),
  street(
    "\\p{Lu}[\\p{L}]{1,30}(?:gatan|vägen|gränd|gata|gate|gade|vej|vegen|veien|stræde|katu|tie|kuja|polku) \\d{1,4} ?[a-zA-Z]?",
    0.8,
  ),
  street(`(?:ul\\.|al\\.|pl\\.|os\\.) ${WORDS}\\p{Lu}[\\p{L}]{1,24} \\d{1,4}[a-z]?(?:/\\d{1,3})?`, 0.8),
  street("(?:ул\\.|улица|просп\\.|проспект|пер\\.) \\p{Lu}[\\p{L}-]{1,30},? (?:д\\. ?)?\\d{1,4}", 0.8),
  street("P\\.? ?O\\.? Box \\d{1,6}|(?:PSC|Unit) \\d{3,5},? Box \\d{2,5}", 0.8),
];

/** A postal code, told only where a street address stands before it. */
export const ZIP_AFTER_ADDRESS =
  /^[^\n]{0,40}(?:\n[^\n]{0,40})?(?<![\p{L}\d])(?<span>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} [A-Z]{2}|\d{2}-\d{3})(?![\p{L}\d])/u;
