import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { constantTimeEqual } from "#platform";

/** Headers in which senders put the credential as it is. */
const PLAIN_HEADERS = ["x-api-key", "x-webhook-secret", "x-gitlab-token"] as const;

/** Webhooks that sign `<id>.<time>.<body>` with HMAC-SHA-256: MLflow, and Standard Webhooks. */
const SIGNED = [
  { signature: "x-mlflow-signature", id: "x-mlflow-delivery-id", time: "x-mlflow-timestamp", keyOf: plainKey },
  { signature: "webhook-signature", id: "webhook-id", time: "webhook-timestamp", keyOf: standardKey },
] as const;

/** How far a signed time may be from ours. */
const TOLERANCE_MS = 300_000;

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};

/** Everything in the headers that may be the credential itself. */
const presented = (headers: IncomingHttpHeaders): readonly string[] => {
  const values = PLAIN_HEADERS.flatMap((name) => headerOf(headers, name) ?? []);
  const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ", 2);
  if (scheme.toLowerCase() === "bearer") values.push(value);
  if (scheme.toLowerCase() === "basic") {
    const text = Buffer.from(value, "base64").toString("utf8");
    values.push(text.slice(text.indexOf(":") + 1));
  }
  return values.filter((one) => one !== "" && one.length <= 8_192);
};

export const presents = (headers: IncomingHttpHeaders, credential: string): boolean =>
  presented(headers).some((one) => constantTimeEqual(one, credential));

export const isSigned = (headers: IncomingHttpHeaders): boolean =>
  SIGNED.some(({ signature }) => headerOf(headers, signature) !== undefined);

/** Whether the body as it was sent is signed with the credential, now. */
export const isSignedWith = (headers: IncomingHttpHeaders, body: Buffer, credential: string, nowMs: number): boolean =>
  SIGNED.some(({ signature, id, time, keyOf }) => {
    const [given, delivery, stamp] = [signature, id, time].map((name) => headerOf(headers, name));
    if (given === undefined || delivery === undefined || stamp === undefined || !/^\d{9,16}$/.test(stamp)) return false;
    const signedMs = Number(stamp) < 1e11 ? Number(stamp) * 1_000 : Number(stamp);
    if (Math.abs(nowMs - signedMs) > TOLERANCE_MS) return false;
    const expected = createHmac("sha256", keyOf(credential))
      .update(`${delivery}.${stamp}.`)
      .update(body)
      .digest("base64");
    return given
      .slice(0, 4_096)
      .split(" ")
      .some((one) => one.startsWith("v1,") && constantTimeEqual(one.slice(3), expected));
  });

function plainKey(credential: string): Buffer {
  return Buffer.from(credential);
}

/** `whsec_` and base64, as Standard Webhooks writes keys. */
function standardKey(credential: string): Buffer {
  return credential.startsWith("whsec_") ? Buffer.from(credential.slice(6), "base64") : Buffer.from(credential);
}
