import { createServer, type Server } from "node:http";
import { Configuration } from "@parapet/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAgents } from "./check-agents.ts";

let server: Server;
let url = "";
const cards = new Map<string, unknown>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const card = cards.get((request.url ?? "").split("/", 2)[1] ?? "");
    response.writeHead(card === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(card ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const card = (at: string) => ({
    name: "Weather",
    supportedInterfaces: [{ url: at, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  });
  cards.set("good", card(`${url}/good/rpc`));
  cards.set("elsewhere", card("https://elsewhere.example/rpc"));
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

test.each([
  ["that can be read", "good", {}, "attention", "Weather, JSON-RPC"],
  ["whose interfaces stand elsewhere", "elsewhere", {}, "broken", "offers no interface"],
  ["that is not there", "missing", {}, "broken", "status 404"],
  [
    "without the signature that the route wants",
    "good",
    { signature: "required", keys: "file:/none" },
    "broken",
    "no signature",
  ],
])("the doctor says of a card %s how it is", async (_, path, a2a, word, what) => {
  const configuration = Configuration.parse({
    routes: [{ id: "agent", path: "/agent", protocol: "a2a", upstream: `${url}/${path}`, a2a }],
  });
  const [line] = await checkAgents({ file: "parapet.yaml", configuration, base: "." }, {});
  expect(line).toMatchObject({ about: "card", subject: "agent", word });
  expect(line?.what).toContain(what);
});
