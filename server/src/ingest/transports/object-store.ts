import { setTimeout as wait } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { AwsV4Signer } from "aws4fetch";
import type { SourceTransport } from "@parapet/model";
import { createHttpClient, type HttpClient } from "#platform";
import { decompress } from "../read-payload.ts";
import { readObjectPage } from "./object-list.ts";
import type { Transport, TransportTools } from "./transport.ts";

const OBJECT_BYTES_MAX = 64 * 1024 * 1024;
const LIST_BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const POSITION = "s3:last-key";

/** The transport's options with its secrets by value. */
export type ObjectStoreOptions = Extract<SourceTransport, { readonly kind: "s3" }>;

/**
 * Takes the objects of a bucket in the order of their keys, each once: the last key is remembered behind it. A key
 * that sorts before it and comes later is not seen, so a source is one prefix in which keys rise with time.
 */
export const pullObjects = (options: ObjectStoreOptions, tools: TransportTools): Transport => {
  const { signal, positions } = tools;
  const base = `${options.endpoint.replace(/\/$/, "")}/${encodeURIComponent(options.bucket)}`;

  const get = async (http: HttpClient, url: string, responseBytesMax: number) => {
    const { accessKeyId, secretAccessKey, sessionToken, region } = options;
    const signer = new AwsV4Signer({
      url,
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
      ...(sessionToken !== undefined && { sessionToken }),
    });
    const signed = await signer.sign();
    const answer = await http.request({
      url: signed.url.href,
      headers: Object.fromEntries(signed.headers),
      responseBytesMax,
      signal,
    });
    if (!answer.ok) throw new Error(`${options.bucket}: ${answer.detail}`);
    if (answer.status !== 200)
      throw new Error(
        `${options.bucket}: the store answered ${answer.status} ${codeOf(answer.body.toString("utf8", 0, 2_000))}`,
      );
    return answer;
  };

  /** Keys behind one, a page at a time. */
  const list = async (http: HttpClient, after: string) => {
    const query = new URLSearchParams({
      "list-type": "2",
      prefix: options.prefix,
      ...(after !== "" && { "start-after": after }),
    });
    const { body } = await get(http, `${base}?${query.toString().replaceAll("+", "%20")}`, LIST_BYTES_MAX);
    const page = readObjectPage(body.toString("utf8"));
    if (page === undefined) throw new Error(`${options.bucket}: the store's answer is no list of objects`);
    return page;
  };

  const take = async (http: HttpClient, key: string): Promise<boolean> => {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const { body, headers } = await get(http, `${base}/${path}`, OBJECT_BYTES_MAX);
    const isCompressed = key.endsWith(".gz") || headers["content-encoding"] === "gzip";
    const bytes = isCompressed && body[0] === 0x1f ? await decompress(body, createGunzip(), OBJECT_BYTES_MAX) : body;
    if (bytes === "large" || bytes === "broken") {
      tools.logger.warn({ key, why: bytes }, "an object cannot be decompressed and is passed over");
      tools.lost(1);
      return true;
    }
    const contentType =
      String(headers["content-type"] ?? "")
        .split(";", 1)[0]
        ?.trim()
        .toLowerCase() ?? "";
    return await tools.deliver({ bytes, contentType: contentType === "application/octet-stream" ? "" : contentType });
  };

  return {
    run: async () => {
      const http = createHttpClient({ allowPrivate: true, timeoutMs: TIMEOUT_MS });
      try {
        let last = (await positions.get(POSITION)) ?? options.after ?? "";
        while (!signal.aborted) {
          const { keys } = await list(http, last);
          tools.setProblem(undefined);
          // A store that ignores start-after would be read again and again.
          const fresh = keys.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(last)) > 0);
          for (const key of fresh) {
            if (signal.aborted || (!key.endsWith("/") && !(await take(http, key)))) return;
            last = key;
            await positions.put(POSITION, last);
          }
          if (fresh.length === 0)
            await wait(options.everySeconds * 1_000, undefined, { signal }).catch(() => undefined);
        }
      } finally {
        await http.close();
      }
    },
  };
};

const codeOf = (xml: string): string => /<Code>([A-Za-z]{1,60})<\/Code>/.exec(xml)?.[1] ?? "";
