import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  acceptedContent,
  createMcpHandler,
  fromJsonSchema,
  InMemoryServerEventBus,
  inputRequired,
  McpServer,
  type ServerEventBus,
} from "@modelcontextprotocol/server";
import { z } from "zod";

const modules = join(import.meta.dirname, "..", "node_modules", "@modelcontextprotocol");

/** A real server that speaks over its standard input and output. */
export const stdioServer = (name: "server-everything" | "server-filesystem", ...rest: string[]): string[] => [
  process.execPath,
  join(modules, name, "dist", "index.js"),
  ...(name === "server-everything" ? ["stdio"] : rest),
];

/** Takes one text. */
export const TEXT = fromJsonSchema<{ text: string }>({
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
});
const CONFIRM = { type: "object", properties: { confirm: { type: "boolean" } } } as const;

/** What the server below says; tests change it while it runs. */
export interface Saying {
  description: string;
  result: string;
  /** Headers of the last request. */
  headers: Record<string, string | string[] | undefined>;
  calls: number;
}

export interface HttpServerStarted {
  readonly url: string;
  readonly saying: Saying;
  readonly changed: () => void;
  /** Streams on which it tells of changes. */
  readonly listening: () => number;
  readonly close: () => Promise<void>;
}

/** A server with a tool that answers, and one that asks back first. */
export const notesServer = (saying: Saying): McpServer => {
  const server = new McpServer({ name: "notes", version: "1.0.0" }, { instructions: "Notes of one team." });
  server.registerTool("repeat", { description: saying.description, inputSchema: TEXT }, ({ text }) => {
    saying.calls += 1;
    return { content: [{ type: "text", text: saying.result === "" ? text : saying.result }] };
  });
  server.registerTool("confirm", { description: "Asks before it acts.", inputSchema: TEXT }, ({ text }, context) => {
    const answer = acceptedContent(context.mcpReq.inputResponses, "sure");
    if (answer?.["confirm"] === true) return { content: [{ type: "text", text: `did ${text}` }] };
    return inputRequired({
      inputRequests: {
        sure: inputRequired.elicit({ message: `Do ${text}?`, requestedSchema: CONFIRM }),
      },
    });
  });
  return server;
};

/**
 * A server of 2026-07-28 whose tool takes its time, so that its answer is a task (the tasks extension): it asks back
 * once, and answers with what the client said.
 */
export const tasksServer = (saying: Saying): McpServer => {
  const extensions = { "io.modelcontextprotocol/tasks": {} };
  const server = new McpServer({ name: "tasks", version: "1.0.0" }, { capabilities: { extensions } });
  const taskId = "task-1";
  const Task = z.looseObject({ taskId: z.literal(taskId) });
  const task = { resultType: "task", taskId, status: "working", ttlMs: 60_000, pollIntervalMs: 50 };
  server.registerTool("research", { description: "Takes its time.", inputSchema: TEXT }, () => ({
    ...task,
    content: [],
  }));
  server.server.setRequestHandler("tasks/get", { params: Task }, () => {
    const known = { ...task, resultType: "complete" };
    if (saying.result !== "")
      return { ...known, status: "completed", result: { content: [{ type: "text", text: saying.result }] } };
    const elicit = { message: "Which roses?", requestedSchema: { type: "object", properties: {} } };
    const inputRequests = { which: { method: "elicitation/create", params: elicit } };
    return { ...known, status: "input_required", inputRequests };
  });
  server.server.setRequestHandler("tasks/update", { params: Task }, (_update, context) => {
    const answer = acceptedContent(context.mcpReq.inputResponses, "which");
    saying.result = `All about ${String(answer?.["text"])}.`;
    return { resultType: "complete" };
  });
  return server;
};

/** A server over HTTP that speaks both revisions, made with the newer of the two SDKs. */
export const startHttpServer = async (
  legacy: "stateless" | "reject" = "stateless",
  make: (saying: Saying) => McpServer = notesServer,
): Promise<HttpServerStarted> => {
  const saying: Saying = { description: "Repeats a text.", result: "", headers: {}, calls: 0 };
  const bus = new InMemoryServerEventBus();
  let listening = 0;
  const counting: ServerEventBus = {
    publish: (event) => bus.publish(event),
    subscribe: (listener) => {
      const leave = bus.subscribe(listener);
      listening += 1;
      return () => {
        listening -= 1;
        leave();
      };
    },
  };
  const handler = createMcpHandler(() => make(saying), { legacy, bus: counting });
  const node = toNodeHandler(handler);
  const server: HttpServer = createServer((request, response) => {
    saying.headers = request.headers;
    const { method = "", url = "" } = request;
    void node(Object.assign(request, { method, url }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    saying,
    changed: () => handler.notify.toolsChanged(),
    listening: () => listening,
    close: async () => {
      await handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
