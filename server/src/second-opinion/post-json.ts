import { createHttpClient, type HttpClient } from "#platform";

export type Posted = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly reason: string };

const ANSWER_BYTES_MAX = 256 * 1024;

export interface Endpoint {
  readonly url: string;
  readonly credential: string | undefined;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
}

/** Posts JSON to one address and reads JSON; a reason never holds what either side said. */
export const createJsonPoster = ({ url, credential, allowPrivate, timeoutMs }: Endpoint) => {
  const client: HttpClient = createHttpClient({ allowPrivate, timeoutMs });
  const post = async (value: unknown, signal: AbortSignal): Promise<Posted> => {
    const result = await client.request({
      url,
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      },
      body: JSON.stringify(value),
      responseBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (!result.ok) return { ok: false, reason: WORDS[result.code] ?? "it could not be asked" };
    if (result.status !== 200) return { ok: false, reason: `it answered with status ${result.status}` };
    try {
      return { ok: true, body: JSON.parse(result.body.toString("utf8")) };
    } catch {
      return { ok: false, reason: "its answer is not JSON" };
    }
  };
  return { post, close: () => client.close() };
};

const WORDS: Readonly<Record<string, string>> = {
  upstream_unreachable: "it could not be reached",
  upstream_timeout: "it did not answer in time",
  upstream_reset: "it broke off",
  upstream_invalid: "its answer is not HTTP",
  upstream_too_large: "its answer is too long",
};
