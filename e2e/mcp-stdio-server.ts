/** A server that speaks 2026-07-28 over its standard input and output and nothing else, made with the newer SDK. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { notesServer } from "./mcp-servers.ts";

serveStdio(() => notesServer({ description: "Repeats a text.", result: "", headers: {}, calls: 0 }), {
  legacy: "reject",
});
