import { isPlaceholder } from "./placeholder.ts";

const DATABASES =
  /^(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|sqlserver|clickhouse|cockroachdb|oracle|jdbc|kafka|nats|neo4j|bolt|couchbase)(?:[+:][a-z0-9]+)?$/i;
const USER_INFO = /(?<user>[^\s:@/"'<>?#]{0,100}):(?<password>[^\s@/"'<>]{3,200})@(?=[\w.[-])/y;
const TRIVIAL =
  /^(?:pass(?:word|wd)?|pw|pwd|secret|user|postgres|root|admin|test|guest|token|mypassword|mysecretpassword|hunter2)$/i;

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
