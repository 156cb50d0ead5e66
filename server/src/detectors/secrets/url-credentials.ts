import { isPlaceholder } from "./placeholder.ts";

const DATABASES =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|sqlserver|clickhouse|cockroachdb|oracle|jdbc|kafka|nats|neo4j|bolt|couchbase)(?:[+:][a-z0-9]+)?$/i;
const USER_INFO = /(?<user>[^\s:@/"'<>?#]{0,100}):(?<password>[^\s@/"'<>]{3,200})@(?=[\w.[-])/y;
// What manuals write where a password goes: `proxypass`, `s3cret`, `xyz`. Three letters protect nothing.
const TRIVIAL =
  /^(?:[a-z]{0,8}_?pass(?:word|wd)?\d{0,3}|.{1,3}|[a-z]{0,8}_?pwd|[a-z]{0,4}secret|user(?:name)?|postgres|root|admin|test|guest|token|hunter2|letmein|abc123|foobar|qwerty)$/i;
const SAMPLE_HOST =
  /^(?:[\w-]+\.)*(?:example\.(?:com|org|net)|(?:[\w-]+\.)?(?:example|invalid|test)|[a-z]{0,8}host(?:name)?|domain(?:\.com)?|server)(?![\w.-])/i;

export interface UrlCredential {
  readonly type: "database-url-password" | "basic-auth-url" | "curl-auth-user";
  readonly start: number;
  readonly end: number;
}

/** Reads `user:password@` after the `://` at `start`; the span is the password. */
export const readUrlCredential = (text: string, start: number): UrlCredential | undefined => {
  USER_INFO.lastIndex = start + 3;
  const match = USER_INFO.exec(text);
  const password = match?.groups?.["password"];
  if (match === null || password === undefined) return undefined;
  if (TRIVIAL.test(password) || isPlaceholder(password)) return undefined;
  if (SAMPLE_HOST.test(text.slice(match.index + match[0].length, match.index + match[0].length + 80))) return undefined;
  const scheme = /[a-z][a-z0-9+.:-]{0,20}$/i.exec(text.slice(Math.max(0, start - 24), start))?.[0] ?? "";
  const end = match.index + match[0].length - 1;
  return {
    type: DATABASES.test(scheme) ? "database-url-password" : "basic-auth-url",
    start: end - password.length,
    end,
  };
};

const CURL_USER =
  /curl [^\r\n|;]{0,300}?(?: -u|--user)[ =]?["']?(?<user>[^\s:"'$<{]{1,100}):(?<password>[^\s"'$<{}]{6,128})(?=["'\s]|$)/y;

/** Reads `-u user:password` of the `curl ` at `start`; the span is the password. */
export const readCurlCredential = (text: string, start: number): UrlCredential | undefined => {
  CURL_USER.lastIndex = start;
  const match = CURL_USER.exec(text);
  const password = match?.groups?.["password"];
  if (match === null || password === undefined) return undefined;
  const isMixed = /\d/.test(password) && /[A-Za-z]/.test(password);
  if (!isMixed || TRIVIAL.test(password) || isPlaceholder(password)) return undefined;
  const end = match.index + match[0].length;
  return { type: "curl-auth-user", start: end - password.length, end };
};
