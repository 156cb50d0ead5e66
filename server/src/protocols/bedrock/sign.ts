import { createHash, createHmac } from "node:crypto";

const sha256 = (value: string | Uint8Array): string => createHash("sha256").update(value).digest("hex");
const hmac = (key: string | Uint8Array, value: string): Buffer => createHmac("sha256", key).update(value).digest();

export interface ToSign {
  readonly method: string;
  readonly url: URL;
  readonly body: Uint8Array;
  /** `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` behind it where there is one. */
  readonly credential: string;
  readonly region: string;
  readonly nowMs: number;
}

const KEYS = /^([A-Z0-9]{16,128}):([^:\s]{20,200})(?::(\S{1,4000}))?$/;

/** Whether a credential is a pair of AWS keys, and no API key, which is sent as it is. */
export const isKeyPair = (credential: string): boolean => KEYS.test(credential);

const SERVICE = "bedrock";

/** Everything of a path is escaped once more for the signature, whatever it held already. */
const canonicalPath = (path: string): string =>
  path
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join("/");

/** Headers that AWS Signature Version 4 adds to a request without query. */
export const signedHeaders = ({ method, url, body, credential, region, nowMs }: ToSign): Record<string, string> => {
  const [, id = "", secret = "", token] = KEYS.exec(credential) ?? [];
  const time = new Date(nowMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${SERVICE}/aws4_request`;
  const own = {
    "x-amz-content-sha256": sha256(body),
    "x-amz-date": time,
    ...(token === undefined ? {} : { "x-amz-security-token": token }),
  };
  const signed = Object.entries({ host: url.host, ...own }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(";");
  const request = [
    method,
    canonicalPath(url.pathname),
    "",
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    own["x-amz-content-sha256"],
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n");
  const key = [date, region, SERVICE, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const signature = hmac(key, toSign).toString("hex");
  return {
    ...own,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
};

const REGION_OF_HOST = /^bedrock-runtime(?:-fips)?\.([a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9])\./;
const REGION_OF_CALLER = /Credential=[A-Z0-9]{1,128}\/[0-9]{8}\/([a-z0-9-]{1,40})\/bedrock\//;

/** Of the provider's host, else the one that the caller signed for, else the first of all. */
export const regionOf = (host: string, callerAuthorization: string | undefined): string =>
  REGION_OF_HOST.exec(host)?.[1] ?? REGION_OF_CALLER.exec(callerAuthorization ?? "")?.[1] ?? "us-east-1";
