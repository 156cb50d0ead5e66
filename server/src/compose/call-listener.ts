import { request } from "node:http";

const ANSWER_MS = 30_000;
const ANSWER_BYTES_MAX = 1024 * 1024;

/** An address to listen on that is none to call. */
export const reachable = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host);

interface Answered {
  readonly status: number;
  readonly exchange: string;
  readonly text: string;
}

/** A POST to this process's own listener, with the secret that opens a lane. */
export const callListener = (
  target: { readonly host: string; readonly port: number; readonly path: string },
  secret: string,
  body: string,
  timeoutMs = ANSWER_MS,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "x-parapet-key": secret,
    };
    const outgoing = request({ ...target, method: "POST", headers, timeout: timeoutMs, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on("data", (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > ANSWER_BYTES_MAX) outgoing.destroy(new Error("its answer is too long"));
        else pieces.push(piece);
      });
      response.on("error", reject);
      response.on("end", () => {
        const exchange = response.headers["x-parapet-exchange"];
        resolve({
          status: response.statusCode ?? 0,
          exchange: typeof exchange === "string" ? exchange : "",
          text: Buffer.concat(pieces).toString("utf8"),
        });
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${timeoutMs / 1_000} seconds`)));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
