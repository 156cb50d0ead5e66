/** A server that speaks 2026-07-28 over its standard input and output and nothing else, made with the newer SDK. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { notesServer, TEXT } from "./mcp-servers.ts";

serveStdio(
  () => {
    const server = notesServer({ description: "Repeats a text.", result: "", headers: {}, calls: 0 });
    server.registerTool("learn", { description: "Learns another tool.", inputSchema: TEXT }, () => {
      server.registerTool("learnt", { description: "Was learnt.", inputSchema: TEXT }, ({ text }) => ({
        content: [{ type: "text", text }],
      }));
      return { content: [{ type: "text", text: "learnt" }] };
    });
    return server;
  },
  { legacy: "reject" },
);
