/**
 * The baseline: a Node proxy that only parses the JSON and forwards the bytes. What a gateway costs
 * beyond this is what inspection, policy and evidence cost.
 */
import { createServer } from "node:http";
import { Pool } from "undici";

const [port, upstream] = process.argv.slice(2);
const pool = new Pool(upstream ?? "", { connections: 512, pipelining: 1 });

createServer({ noDelay: true }, (request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    const parsed = JSON.parse(body.toString("utf8")) as { stream?: boolean };
    const streamed = parsed.stream === true;
    const received: Buffer[] = [];
    pool.dispatch(
      {
        method: "POST",
        path: request.url ?? "/",
        headers: { "content-type": "application/json", "accept-encoding": "identity" },
        body,
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status) => {
          if (streamed) response.writeHead(status, { "content-type": "text/event-stream" });
        },
        onResponseData: (_controller, chunk) => {
          if (streamed) response.write(chunk);
          else received.push(chunk);
        },
        onResponseEnd: () => {
          if (streamed) {
            response.end();
            return;
          }
          const answer = Buffer.concat(received);
          JSON.parse(answer.toString("utf8"));
          response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
          response.end(answer);
        },
        onResponseError: () => response.writeHead(502).end(),
      },
    );
  });
}).listen(Number(port), "127.0.0.1");
