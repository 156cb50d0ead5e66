import { GIVEN_NAMES } from "./given-names.ts";

/** A name, and how sure what stands around it or its first word makes it. */
export interface NamedPerson {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

const WORD = "\\p{Lu}[\\p{L}'’-]{1,24}";
const PARTICLE = "(?:van|von|de|da|di|del|della|der|den|dos|du|la|le|ter|ten|zu|bin|ibn|al|el)";
const FURTHER = `(?: \\p{Lu}\\.?)?(?: ${PARTICLE}){0,2} ${WORD}`;
const NAME = `${WORD}(?:${FURTHER}){0,3}`;
const SURNAME = new RegExp(`(?:${FURTHER}){1,2}(?: (?:Jr|Sr)\\.)?`, "uy");
const GIVEN = /(?<![\p{L}\p{N}@#/_.'’-])\p{Lu}\p{Ll}{1,15}(?:-\p{Lu}\p{Ll}{1,15})?(?= )/gu;

/** Words that name a thing after a person, or begin something else: with them two capitals are no person. */
const THING = new Set(
  `Street Road Avenue Ave Lane Drive Boulevard Square Court Terrace Way Close Crescent Bridge Tower Towers Building House Hall Hotel Inn Park
  Garden Gardens Lake River Bay Island Islands Mountain Mountains Hill Hills Valley Beach County City Town Village Airport Station Stadium
  Arena Center Centre University College School Institute Academy Library Museum Gallery Theatre Theater Church Cathedral Hospital Clinic
  Foundation Trust Fund Society Association Committee Council Commission Party Bank Company Corporation Corp Inc Ltd Limited LLC GmbH AG SA
  Group Holdings Partners Brothers Sons Associates Industries Motors Airlines Records Press Publishing Studios Pictures Entertainment Award
  Awards Prize Medal Cup Trophy Championship Tournament League Open Day Week Festival Act Law Report Theorem Equation Effect Disease Syndrome
  Test Method Protocol Model Project Program Programme Mission Telescope Observatory Orchestra Band Quartet Choir Building Line Bible Gospel
  Edition Collection Series Show Flat Bypass Parks Country Club Union Extensions Investments Services Solutions
  Systems Capital Region Province District Republic Empire Dynasty War Battle Treaty API SDK Server`
    .trim()
    .split(/\s+/),
);
/** What ends a name that a sentence or a heading goes on after. */
const NO_NAME = new Set(
  `The And Or But Of In On At To From For With By As Is Was Are Were Has Had Have Will Would Can Could Should May Might Must Do Does Did
  Not No Yes If When While Who What Where Why How This That These Those There Here He She It They We You I His Her Its Their Our Your My
  Please Thanks Thank Hello Hi Dear Also Then Now Today Tomorrow Yesterday Monday Tuesday Wednesday Thursday Friday Saturday Sunday January
  February March April June July August September October November December Suite Apt Apartment Unit Phone Tel Email Mail Address Date Name Age Re Subject Regards
  Und Der Die Das Ist Et Est Le La Les Un Une El Los Las Il Lo Gli`
    .trim()
    .split(/\s+/),
);

const NAMED_BY: readonly { readonly pattern: RegExp; readonly confidence: number }[] = [
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:[Mm]y (?:full |first |last )?name is|[Tt]he name(?: on the (?:card|account))? is|[Ii] am called|[Ii]ch heiße|[Mm]ein Name ist|[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo|[Mm]eu nome é|[Mm]ijn naam is|[Jj]ag heter|[Nn]azywam się) (?:(?:Mr|Mrs|Ms|Dr|Prof)\\.? )?(?<span>${NAME})`,
      "gu",
    ),
    confidence: 0.85,
  },
  {
    pattern: new RegExp(
      `(?<![\\p{L}.])(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Herr|Frau|Monsieur|Madame|Mme|Señora?|Signora?|Senhora?|Mevrouw|Meneer)\\.? (?:Dr\\.? )?(?<span>${NAME})`,
      "gu",
    ),
    confidence: 0.8,
  },
  {
    pattern: new RegExp(
      `(?:^|\\n)(?:Kind|Best|Warm|Many)? ?(?:[Rr]egards|[Ss]incerely|[Yy]ours (?:truly|sincerely|faithfully)|Mit freundlichen Grüßen|Viele Grüße|Cordialement|Saludos|Atentamente|Cordiali saluti|Atenciosamente|Met vriendelijke groet),?\\n+(?<span>${NAME})(?=\\s*(?:\\n|$|,))`,
      "gu",
    ),
    confidence: 0.75,
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:(?:[Ff]ull|[Cc]ustomer|[Cc]lient|[Pp]atient|[Ee]mployee|[Aa]pplicant|[Cc]ontact|[Gg]uest|[Cc]ardholder)(?:['’]s)? ?[Nn]ame|[Pp]atient|[Aa]ttn|[Cc]ardholder|Ansprechpartner(?:in)?|Vor- und Nachname|Nom complet|Nombre completo)\\.?\\s?[:=]\\s{0,8}"?(?<span>${NAME})`,
      "gu",
    ),
    confidence: 0.8,
  },
];

/** One name after a word that only a person follows. */
const GREETED = new RegExp(
  `(?<!\\p{L})(?:[Dd]ear|[Hh]i|[Hh]ello|[Mm]y (?:wife|husband|son|daughter|sister|brother|mother|father|friend|colleague|boss|manager|neighbou?r|doctor|lawyer|girlfriend|boyfriend|partner|uncle|aunt|cousin)|Liebe|Lieber|Cher|Chère|Estimad[oa]|Querid[oa]) (?<span>${WORD})(?!\\p{L})`,
  "gu",
);

const words = (text: string): readonly string[] => text.split(" ").filter((word) => /^\p{Lu}[\p{L}'’-]+$/u.test(word));

/** How much of a run of capitals is a name: up to a word that is none; nothing where a thing is named after a person. */
const nameLength = (run: string, after: string): number => {
  let length = 0;
  for (const [whole] of run.matchAll(/(?:^| )[^ ]+/gu)) {
    const word = whole.trim();
    if (THING.has(word.replace(/\.$/, ""))) return 0;
    if (NO_NAME.has(word)) break;
    const owner = /['’]s$/u.test(word);
    length += whole.length - (owner ? 2 : 0);
    if (owner) return length;
  }
  const follows = /^ (?:\p{Lu}[\p{L}'’-]+ )?(\p{Lu}\p{L}+)/u.exec(after);
  if (follows !== null && length === run.length && words(follows[0].trim()).some((word) => THING.has(word))) return 0;
  const kept = run.slice(0, length);
  return length - (/(?: (?:\p{Lu}\.?|\p{Ll}+))+$/u.exec(kept)?.[0].length ?? 0);
};

/** `the Victoria Falls`, `St. John Street`, `Port Elizabeth`, `53 Victor Hugo`: a place or a street. */
const IN_A_NAME = /(?:\b[Tt]he|\bSt\.?|\bSaint|\bSan|\bSanta|\bPort|\bLake|\bMount|\bFort|\bCape|\d)\s$/u;
const HOUSE_NUMBER = /^,? (?:u\. )?\d{1,4}\b(?![:./-]\d)/;

/** Persons in a text: given names with a surname behind, and whatever titles, greetings and signatures name. */
export const findPersons = function* (text: string): Generator<NamedPerson> {
  for (const { pattern, confidence } of NAMED_BY) {
    for (const match of text.matchAll(pattern)) {
      const span = match.groups?.["span"] ?? "";
      const start = match.index + match[0].lastIndexOf(span);
      const length = nameLength(span, text.slice(start + span.length, start + span.length + 60));
      if (length > 1) yield { start, end: start + length, confidence };
    }
  }
  for (const match of text.matchAll(GREETED)) {
    const name = match.groups?.["span"] ?? "";
    const end = match.index + match[0].length;
    if (GIVEN_NAMES.has(name)) yield { start: end - name.length, end, confidence: 0.75 };
  }
  for (const { 0: given, index } of text.matchAll(GIVEN)) {
    if (!GIVEN_NAMES.has(given)) continue;
    SURNAME.lastIndex = index + given.length;
    const rest = SURNAME.exec(text)?.[0];
    if (rest === undefined || IN_A_NAME.test(text.slice(Math.max(0, index - 8), index))) continue;
    const end = index + given.length + rest.length;
    if (HOUSE_NUMBER.test(text.slice(end, end + 12))) continue;
    const length = nameLength(given + rest, text.slice(end, end + 60));
    if (length > given.length) yield { start: index, end: index + length, confidence: 0.8 };
  }
};
