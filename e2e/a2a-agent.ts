import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  A2A_CONTENT_TYPE,
  AgentCard,
  formatSSEEvent,
  generateAgentCardSignature,
  Message,
  SendMessageRequest,
  SSE_HEADERS,
  StreamResponse,
  Task,
  TaskArtifactUpdateEvent,
  TaskStatusUpdateEvent,
} from "@a2a-js/sdk";
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
  type AgentExecutor,
} from "@a2a-js/sdk/server";

/** What the agent below says; tests change it while it runs. */
export interface Saying {
  /** Text of its answer; empty: it repeats what it was told. */
  answer: string;
  description: string;
  /** Pieces of an artifact that it streams before its task ends. */
  chunks: string[];
  signWith: { readonly key: Parameters<typeof generateAgentCardSignature>[0]; readonly kid: string } | undefined;
  /** Told messages, newest last. */
  readonly heard: string[];
  /** Message of an error that it answers everything with; empty: none. */
  error: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface AgentStarted {
  readonly url: string;
  readonly saying: Saying;
  readonly close: () => Promise<void>;
}

const textOf = ({ parts }: Message): string =>
  parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("\n");

const readJson = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return pieces.length === 0 ? {} : (JSON.parse(Buffer.concat(pieces).toString("utf8")) as Record<string, unknown>);
};

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

/** An agent made with the SDK: a message for a short question, a task with an artifact where it has chunks to stream. */
export const startAgent = async (): Promise<AgentStarted> => {
  const saying: Saying = {
    answer: "",
    description: "Knows the weather of yesterday.",
    chunks: [],
    signWith: undefined,
    heard: [],
    error: "",
    headers: {},
  };
  const cardOf = async (): Promise<AgentCard> => {
    const card = AgentCard.fromJSON({
      name: "Weather",
      description: saying.description,
      version: "1.0.0",
      supportedInterfaces: [
        { url: `${url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        { url: `${url}/rest`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
        { url: "http://elsewhere.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      ],
      capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["text/plain"],
      skills: [{ id: "weather", name: "Weather", description: "Says what it was like.", tags: ["weather"] }],
    });
    const { signWith } = saying;
    if (signWith === undefined) return card;
    return generateAgentCardSignature(signWith.key, { alg: "ES256", kid: signWith.kid, typ: "JOSE" })(card);
  };
  const executor: AgentExecutor = {
    execute: async ({ userMessage, taskId, contextId }, bus) => {
      const told = textOf(userMessage);
      saying.heard.push(told);
      const answer = saying.answer === "" ? `You said: ${told}` : saying.answer;
      const message = { messageId: "m-answer", role: "ROLE_AGENT", contextId, parts: [{ text: answer }] };
      if (saying.chunks.length === 0) {
        bus.publish(AgentEvent.message(Message.fromJSON(message)));
        bus.finished();
        return;
      }
      const status = (state: string, more = {}) => ({ state, timestamp: new Date().toISOString(), ...more });
      bus.publish(AgentEvent.task(Task.fromJSON({ id: taskId, contextId, status: status("TASK_STATE_WORKING") })));
      for (const [at, text] of saying.chunks.entries())
        bus.publish(
          AgentEvent.artifactUpdate(
            TaskArtifactUpdateEvent.fromJSON({
              taskId,
              contextId,
              artifact: { artifactId: "report", name: "report", parts: [{ text }] },
              append: at > 0,
              lastChunk: at === saying.chunks.length - 1,
            }),
          ),
        );
      const done = status("TASK_STATE_COMPLETED", { message });
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ taskId, contextId, status: done })));
      bus.finished();
    },
    cancelTask: async () => undefined,
  };
  const store = new InMemoryTaskStore();
  const handlers = async () => {
    const card = await cardOf();
    const handler = new DefaultRequestHandler(card, store, executor, undefined, undefined, undefined, card);
    return { handler, rpc: new JsonRpcTransportHandler(handler) };
  };

  const sendJson = (response: ServerResponse, value: unknown, status = 200, type = "application/json"): void => {
    response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
  };
  const sendStream = async (response: ServerResponse, events: AsyncIterable<unknown>): Promise<void> => {
    response.writeHead(200, SSE_HEADERS);
    for await (const event of events) response.write(formatSSEEvent(event));
    response.end();
  };

  const serveRest = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const { handler } = await handlers();
    const context = new ServerCallContext({ requestedVersion: "1.0" });
    const body = await readJson(request);
    if (path === "/message:send") {
      const said = await handler.sendMessage(SendMessageRequest.fromJSON(body), context);
      sendJson(
        response,
        "messageId" in said ? { message: Message.toJSON(said) } : { task: Task.toJSON(said) },
        200,
        A2A_CONTENT_TYPE,
      );
    } else if (path === "/message:stream") {
      const events = handler.sendMessageStream(SendMessageRequest.fromJSON(body), context);
      const written = (async function* () {
        for await (const event of events) yield StreamResponse.toJSON(event);
      })();
      await sendStream(response, written);
    } else if (path.startsWith("/tasks/")) {
      const task = await store.load(path.slice("/tasks/".length), context);
      const missing = { error: { code: 404, status: "NOT_FOUND", message: "No such task." } };
      if (task === undefined) sendJson(response, missing, 404);
      else sendJson(response, Task.toJSON(task));
    } else sendJson(response, { error: { code: 404, status: "NOT_FOUND", message: "Nothing here." } }, 404);
  };

  const server = createServer((request, response) => {
    saying.headers = request.headers;
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const serve = async (): Promise<void> => {
      if (path === "/.well-known/agent-card.json") return sendJson(response, AgentCard.toJSON(await cardOf()));
      if (path.startsWith("/rest")) return serveRest(request, response, path.slice("/rest".length));
      const error = { code: -32_001, message: saying.error };
      if (saying.error !== "") return sendJson(response, { jsonrpc: "2.0", id: 7, error });
      const { rpc } = await handlers();
      const answer = await rpc.handle(await readJson(request), new ServerCallContext({ requestedVersion: "1.0" }));
      return isStream(answer) ? sendStream(response, answer) : sendJson(response, answer);
    };
    serve().catch((error: unknown) => sendJson(response, { error: String(error) }, 500));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    saying,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
