/**
 * An MCP server of the revision with sessions that does as little as one can: its round trip is the baseline. Below `/v1`
 * it is a model that says one sentence. Prints its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const Call = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.looseObject({ arguments: z.looseObject({ text: z.string() }).optional() }).optional(),
});
const TOOL = {
  name: "repeat",
  description: "Repeats a text.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
};

const ANSWER = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "bench",
  choices: [{ index: 0, message: { role: "assistant", content: "Repeated as it was said." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 20, completion_tokens: 6, total_tokens: 26 },
});

const resultOf = ({ method, params }: z.infer<typeof Call>): unknown => {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "echo", version: "1" },
      };
    case "tools/list":
      return { tools: [TOOL] };
    case "tools/call":
      return { content: [{ type: "text", text: params?.arguments?.text ?? "" }] };
    default:
      return undefined;
  }
};

const server = createServer({ noDelay: true }, (request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    if (request.method !== "POST") return void response.writeHead(405).end();
    if (request.url?.startsWith("/v1/") === true) {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(ANSWER);
    }
    const call = Call.parse(JSON.parse(Buffer.concat(pieces).toString("utf8")));
    const result = resultOf(call);
    if (call.id === undefined) return void response.writeHead(202).end();
    const body =
      result === undefined
        ? { jsonrpc: "2.0", id: call.id, error: { code: -32_601, message: "no such method" } }
        : { jsonrpc: "2.0", id: call.id, result };
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "one" });
    return void response.end(JSON.stringify(body));
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
