import type { Assignment } from "./assignment.ts";
import { entropy, isPlaceholder } from "./placeholder.ts";

/** Words in a name that make its value secret; matched anywhere in the name. */
export const SECRET_WORDS = [
  "password",
  "passwd",
  "passphrase",
  "passwort",
  "kennwort",
  "contraseña",
  "mot de passe",
  "pwd",
  "secret",
  "token",
  "apikey",
  "api key",
  "api_key",
  "api-key",
  "accesskey",
  "access key",
  "access_key",
  "access-key",
  "private_key",
  "privatekey",
  "private-key",
  "secretkey",
  "signing_key",
  "signingkey",
  "encryption_key",
  "encryptionkey",
  "auth_key",
  "authkey",
  "account_key",
  "accountkey",
  "master_key",
  "masterkey",
  "authorization",
  "bearer",
  "credential",
] as const;

const ENDS_AS_SECRET = new RegExp(`(?:${SECRET_WORDS.join("|")})\\d{0,3}$`, "i");
const PASSWORD_NAME = /passw(?:or)?d|passphrase|passwort|kennwort|contraseña|mot de passe|pwd$/i;
// What such a name ends with when its value describes the secret instead of being it.
const DESCRIBES =
  /(?:[_.-]|(?<=[a-z])(?=[A-Z])|^)(?:ids?|names?|ur[li]s?|uris?|paths?|files?|types?|versions?|lengths?|size|sizes|min|max|count|limits?|expiry|expires?|ttl|fields?|labels?|hints?|format|policy|prefix|suffix|header|location|endpoint|provider|manager|service|store|vault|ref|arn|alias|algorithm|hash|digest|checksum|field|column|index|regex|pattern|variable|var|env|required|enabled|valid|reset|results?|info|class|rules?|usage|used|bus)$/i;
const PUBLIC_NAME =
  /pub(?:lic)?[_.-]?(?:key|token)|public|csrf|xsrf|authenticity|page[_-]?token|next[_-]?token|continuation|cursor|sync[_-]?token|tokeniz|tokens|(?:max|num|input|output|total|prompt|completion)[_-]?token|checksum|hashed|sha\d|md5|commit|revision|keyboard|monkey|foreign|primary[_-]?key/i;
const CODE_VALUE =
  /^(?:process\.env|os\.|env[.[(]|getenv|system\.|config\.|settings\.|self\.|this\.|secrets?\.|vars?\.|data\.|props\.|args\.|request\.|req\.|input\(|new |null$|none$|true$|false$|undefined$|string$|str$|bytes$|function|async |await |lambda|vault:|arn:|https?:|file:|ssm:|op:\/\/|!|&|\/|\.\/|\.\.\/|~\/|[A-Za-z]:\\)/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FILE_NAME =
  /\.(?:json|ya?ml|xml|txt|pem|key|crt|cer|p12|pfx|jks|py|[jt]sx?|go|rs|java|html?|png|jpe?g|gif|svg|md|csv|ini|conf|cfg|log|sh|com|org|net|io)(?:[?#].*)?$/i;
const VERSION_OR_DATE = /^v?\d+(?:\.\d+){1,4}(?:[-+.][\w.]+)?$|^\d{4}-\d\d-\d\d/;
/** `users[1].password`, `*.token`: where a secret stands, in lists of fields to hide. */
const FIELD_PATH = /^(?:[A-Za-z_$*][\w$]*|\*)(?:\[[\d*]{0,6}\])?(?:\.(?:[A-Za-z_$*][\w$]*|\*)(?:\[[\d*]{0,6}\])?)+$/;
// A file's name that holds the word: `token-format.ts: <digest>`.
const NAMES_FILE = /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|php|c|h|cpp|cs|swift|md|snap|lock|html?|css)$/i;
const COMMON =
  /^(?:admin|root|user|test|guest|demo|default|secret|password|passwd|pass|token|apikey|api[_-]key|key|value|string|login|none|null)[\d_.!-]{0,4}$/i;

const classes = (text: string): number =>
  Number(/[a-z]/.test(text)) +
  Number(/[A-Z]/.test(text)) +
  Number(/\d/.test(text)) +
  Number(/[^A-Za-z0-9\s]/.test(text));

/** Words joined by dots and dashes: identifiers, slugs, host names, not random characters. */
const readsAsWords = (text: string): boolean => {
  const parts = text.split(/[\s_.:/-]+|(?<=[a-z])(?=[A-Z][a-z])/).filter((part) => part !== "");
  const words = parts.filter((part) =>
    /^(?:[A-Za-z]?[a-z]{2,}|[A-Z]{2,}|\d{1,4}|[A-Za-z]{1,3}\d{1,2})$/.test(part),
  ).length;
  return parts.length >= 2 && words / parts.length > 0.6;
};

export interface Verdict {
  readonly type: string;
  readonly confidence: number;
}

/** Judges a value by its name alone, where no vendor is known. Precision first. */
export const judgeValue = (
  { name, value, quoted, prose, listed }: Assignment,
  entropyMin: number,
): Verdict | undefined => {
  if (value.length < 6 || value.length > 400) return undefined;
  if (DESCRIBES.test(name) || PUBLIC_NAME.test(name) || NAMES_FILE.test(name)) return undefined;
  // In a list two neighbours are a name and its value only when the name is that and nothing more.
  if (listed && !ENDS_AS_SECRET.test(name)) return undefined;
  if (
    CODE_VALUE.test(value) ||
    isPlaceholder(value) ||
    COMMON.test(value) ||
    FILE_NAME.test(value) ||
    VERSION_OR_DATE.test(value) ||
    FIELD_PATH.test(value)
  )
    return undefined;
  // A call or an expression, not a literal.
  if (!quoted && /[()[\]{}]|=>|\w\.\w+\.\w|^[A-Za-z_]\w*\.[A-Za-z_]\w*$/.test(value)) return undefined;

  if (PASSWORD_NAME.test(name)) {
    if (/\s/.test(value) || value.length > 128) return undefined;
    // In prose the next word is often plain: "the password is required".
    const kinds = classes(value);
    const mixed = /\d/.test(value) && /[A-Za-z]/.test(value);
    if (!mixed && !(kinds >= 3) && !(quoted && kinds >= 2 && /[^A-Za-z0-9_\-.:/ ]/.test(value))) return undefined;
    if (readsAsWords(value) && !/[!@#$%^&*+]/.test(value)) return undefined;
    return { type: "password", confidence: prose ? 0.7 : 0.8 };
  }

  if (value.length < 16 || /\s/.test(value) || !/^[\w.+/=~:@%!$^&*#-]+$/.test(value)) return undefined;
  if (prose && value.length < 20) return undefined;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || readsAsWords(value)) return undefined;
  const hex = /^[0-9a-f]+$/i.test(value);
  if (UUID.test(value)) return { type: "generic-api-key", confidence: 0.6 };
  if (entropy(value) < (hex ? Math.min(3, entropyMin) : entropyMin)) return undefined;
  return { type: "generic-api-key", confidence: value.length >= 24 ? 0.75 : 0.65 };
};
