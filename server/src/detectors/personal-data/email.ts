import validator from "validator";

const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN = /[A-Za-z0-9.-]+/y;
const LOCAL_UNITS_MAX = 64;
// Files, packages and repositories also have an @ in the middle.
const NOT_MAIL =
  /\.(?:png|jpe?g|gif|svg|webp|js|ts|css|json|md|txt|html?|zip|gz)$|^(?:git@(?:github|gitlab|bitbucket))/i;
const RESERVED = /@(?:.+\.)?(?:example\.(?:com|org|net)|[\w-]+\.(?:example|invalid|test|localhost))$/i;

/** Reads the address around the `@` at `index`. */
export const readEmail = (
  text: string,
  index: number,
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
  const address = text.slice(start, index) + "@" + domain;
  // `://user:password@host` belongs to the secrets detector.
  if (text[start - 1] === ":" && /:\/\/[^\s/]*$/.test(text.slice(Math.max(0, start - 100), start))) return undefined;
  if (NOT_MAIL.test(address) || RESERVED.test(address) || !validator.isEmail(address)) return undefined;
  return { start, end: index + 1 + domain.length };
};
