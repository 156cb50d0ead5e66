import validator from "validator";

const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN = /[A-Za-z0-9.-]+/y;
const LOCAL_UNITS_MAX = 64;
// Files, packages and repositories also have an @ in the middle.
const NOT_MAIL =
  /\.(?:png|jpe?g|gif|svg|webp|js|ts|css|json|md|txt|html?|zip|gz)$|^(?:git@(?:github|gitlab|bitbucket))/i;
const RESERVED = /@(?:.+\.)?(?:example\.(?:com|org|net)|[\w-]+\.(?:example|invalid|test|localhost))$/i;

// Names that manuals give to nobody's domain.
const SAMPLE =
  /@(?:.+\.)?(?:(?:your|my|some)-?(?:domain|company|organi[sz]ation|mail|site|host)|(?:sub)?domain|company|foo|bar|foobar)\.(?:com|org|net)$|\.tld$/i;
/** Ends of addresses that most people have; a text read backwards has them by chance only. */
const COMMON_END = /\.(?:com|net|org|edu|gov|io|info|co\.\w\w|[a-z]{2})$/i;

/**
 * Reads the address around the `@` at `index`.
 *
 * @param guessed whether the text is only a guess at what was hidden: then its end must be a common one
 */
export const readEmail = (
  text: string,
  index: number,
  guessed = false,
): { readonly start: number; readonly end: number } | undefined => {
  let start = index;
  while (start > 0 && index - start < LOCAL_UNITS_MAX && LOCAL.test(text[start - 1] ?? "")) start -= 1;
  DOMAIN.lastIndex = index + 1;
  const domain = DOMAIN.exec(text.length > index + 260 ? text.slice(0, index + 260) : text)?.[0].replace(/[.-]+$/, "");
  if (start === index || domain === undefined || !domain.includes(".")) return undefined;
  // `mailto:a@b.de?x=…`, `'a@b.de'` and `key=a@b.de`: signs that a mailbox may hold and seldom does.
  const local = text.slice(start, index);
  start += /^.*[=/?&`'{}|*!#$^~](?=.)/.exec(local)?.[0].length ?? 0;
  start += /^[.-]*/.exec(text.slice(start, index))?.[0].length ?? 0;
  const mailbox = text.slice(start, index);
  // `@gmail.com` in backticks, `'@db.Date'`: nobody's mailbox.
  if (!/[\p{L}\p{N}]/u.test(mailbox)) return undefined;
  const address = `${mailbox}@${domain}`;
  // `://user:password@host` belongs to the secrets detector.
  if (text[start - 1] === ":" && /:\/\/[^\s/]*$/.test(text.slice(Math.max(0, start - 100), start))) return undefined;
  if (SAMPLE.test(address) || (guessed && !COMMON_END.test(address))) return undefined;
  if (NOT_MAIL.test(address) || RESERVED.test(address) || !validator.isEmail(address)) return undefined;
  return { start, end: index + 1 + domain.length };
};
