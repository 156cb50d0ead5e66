/**
 * Letters of other scripts and styles that are read as a Latin letter.
 *
 * Own table, written from the Unicode code charts by what a reader sees; both cases stand under the lower-case
 * letter. What NFKC already folds (full-width, mathematical, circled, superscript) is not repeated.
 */
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: "аАαΑɑɒᴀ∀ѦꓮᎪᗅꭺⲀⲁꜲ",
  b: "ЬВвΒβƀƁɓʙᏏᏴᗷꓐꞴбѢѣ",
  c: "сСϲϹƈƇᴄᏟꓚⲤⲥꮯҫҪ",
  d: "ԁԀɖɗđĐᴅᎠᗞꓓꭰᏧժ",
  e: "еЕεΕєЄɛɇᴇᎬꓰⲈꭼҽҾ℮ǝəɘӘә",
  f: "ƒƑϝϜꜰғҒꓝᖴքՖ",
  g: "ɡɢԍԌɠᏀᏳꓖցǥᶃ",
  h: "һҺΗНнʜɦᏂᎻᕼꓧⲎհհԻԧ",
  i: "іІιΙɪıΙӀᎥⲒꙇƖɩїЇ¡ỉ",
  j: "јЈϳʝɉᴊᎫꓙյʲ",
  k: "кКκΚᴋƙҚқᏦꓗⲔĸҝҜ",
  l: "ӏⅼʟɭɫłŁᏞꓡⳐᛁǀ∣ꓲլ",
  m: "мМΜᴍɱᎷᗰꓟⲘϺϻ",
  n: "ոռпПηΝɴŋɲпℕꓠⲚռηղИи",
  o: "оОοΟσᴏօՕөӨ०০੦૦௦๐໐ⲞⲟꓳᎾჿഠဝסهøØ〇ߋ",
  p: "рРρΡᴘƥᏢꓑⲢⲣᑭҏҎþ",
  q: "ԛԚɋգզᏅꝖ",
  r: "гГʀɍɾᎡᏒᖇꓣяЯⲄ",
  s: "ѕЅꜱʂƨƧᏚᏕꓢՏꮪ",
  t: "тТτΤᴛƭŧŦᎢꓔⲦ†ҭ",
  u: "υսՍᴜʊɄᑌꓴцЦџμЦύ",
  v: "νѵѴᴠʋᏙꓦᐯᏤⴸ",
  w: "ԝԜωᴡшШщЩᎳꓪɯѡѠᏔա",
  x: "хХχΧᚷⲬⲭꓫ×ҳҲ᙮",
  y: "уУγΥʏƴүҮУᎩꓬⲨӯყꭚ",
  z: "ᴢƶʐȥΖᏃꓜⲌʑ",
};

const build = (): Uint16Array => {
  const table = new Uint16Array(0x10000);
  for (const [letter, lookalikes] of Object.entries(LOOKALIKES)) {
    for (let i = 0; i < lookalikes.length; i++) {
      const unit = lookalikes.charCodeAt(i);
      if (table[unit] === 0) table[unit] = letter.charCodeAt(0);
    }
  }
  // Latin letters with marks and strokes fold to their base.
  for (let unit = 0xc0; unit < 0x250; unit++) foldBase(table, unit);
  for (let unit = 0x1e00; unit < 0x1f00; unit++) foldBase(table, unit);
  return table;
};

const foldBase = (table: Uint16Array, unit: number): void => {
  const base = String.fromCharCode(unit).normalize("NFKD").charCodeAt(0) | 32;
  if (base >= 97 && base <= 122 && table[unit] === 0) table[unit] = base;
};

const TABLE = build();

/** The lower-case Latin letter that a BMP unit is read as, 0 when it is none. ASCII is not in it. */
export const latinOf = (unit: number): number => TABLE[unit] ?? 0;

/** Enclosed and regional letters outside the BMP, which NFKC keeps: squared, negative circled, flags' halves. */
export const latinOfAstral = (code: number): number => {
  if (code >= 0x1f130 && code <= 0x1f149) return 97 + code - 0x1f130;
  if (code >= 0x1f150 && code <= 0x1f169) return 97 + code - 0x1f150;
  if (code >= 0x1f170 && code <= 0x1f189) return 97 + code - 0x1f170;
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return 97 + code - 0x1f1e6;
  return 0;
};

/** Latin letters in their own range, with or without marks. */
export const isLatin = (unit: number): boolean =>
  ((unit | 32) >= 97 && (unit | 32) <= 122 && unit < 128) ||
  (unit >= 0xc0 && unit < 0x250 && unit !== 0xd7 && unit !== 0xf7) ||
  (unit >= 0x1e00 && unit < 0x1f00);
