import { toFault, type Logger } from "#platform";
import { isObject, mcp } from "#protocols";
import { blockedError, rpcCodeOf } from "./answers.ts";
import type { Client } from "./client.ts";
import type { Link, ServerMessage } from "./links/link.ts";
import { outwardNames } from "./outward-names.ts";
import type { Place, Relay } from "./relay.ts";

/** A client's request that a server works on. */
export interface InFlight {
  readonly server: string;
  readonly client: Client;
  readonly place: Place;
  /** What the server knows its progress by. */
  readonly token: string;
  /** What the client does; undefined where it wants no progress. */
  readonly progress: unknown;
}

export interface InboundTools {
  readonly relay: Relay;
  readonly namespace: mcp.Namespace;
  /** Of messages that belong to no request. */
  readonly place: Place;
  readonly linkTo: (server: string) => Promise<Link>;
  readonly inFlight: ReadonlySet<InFlight>;
  readonly beside: Client;
  readonly logger: Logger;
  /** A server says that its tools are others now. */
  readonly onToolsChanged: (server: string) => void;
}

const TOOLS_CHANGED = "notifications/tools/list_changed";
const CHANGES: ReadonlySet<string> = new Set([
  TOOLS_CHANGED,
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
]);

/** What servers send on their own: requests to a client, and notifications. */
export const createInbound = (tools: InboundTools) => {
  const { relay, namespace, place, linkTo, inFlight, beside, logger } = tools;

  /** The client whose request a server most likely works on; the standing stream where it works on none. */
  const readerFor = (server: string, during: InFlight | undefined): Pick<InFlight, "client" | "place"> =>
    during ?? [...inFlight].findLast((one) => one.server === server) ?? { client: beside, place };

  const answerOf = async (
    message: mcp.RpcRequest,
    { client, place: where }: Pick<InFlight, "client" | "place">,
  ): Promise<{ readonly member: "result" | "error"; readonly value: Buffer }> => {
    const capability = mcp.SERVER_REQUESTS.get(message.method);
    if (capability === undefined) return errorValue(mcp.RPC.unknownMethod, "This method is not passed to clients.");
    if (capability === "") return { member: "result", value: Buffer.from("{}") };
    if (!client.can(capability)) return errorValue(mcp.RPC.unknownMethod, `The client cannot do ${capability}.`);
    const passed = await relay.serverRequest(where, message, (edited) =>
      client.ask(message.method, mcp.editMember(edited.scan, "params", new Map())),
    );
    if (passed.kind === "blocked") return { member: "error", value: blockedError(passed.step.verdict) };
    if (passed.kind === "failed") return errorValue(rpcCodeOf(passed.fault), "The client did not answer.");
    const { message: answer } = passed;
    const member = answer.kind === "error" ? "error" : "result";
    return { member, value: mcp.editMember(answer.scan, member, new Map()) };
  };

  const takeRequest = async (server: string, message: mcp.RpcRequest, during: InFlight | undefined): Promise<void> => {
    const { member, value } = await answerOf(message, readerFor(server, during)).catch((error: unknown) => {
      logger.warn({ server, error }, "a request of an MCP server could not be passed on");
      return errorValue(mcp.RPC.internal, "The request could not be passed on.");
    });
    await (await linkTo(server)).reply(message, member, value);
  };

  const takeNotification = async (
    server: string,
    message: mcp.RpcNotification,
    during: InFlight | undefined,
  ): Promise<void> => {
    const { method, params } = message;
    if (!mcp.SERVER_NOTIFICATIONS.has(method)) return;
    if (CHANGES.has(method)) {
      if (method === TOOLS_CHANGED) tools.onToolsChanged(server);
      // The words of a server's own notification stay here.
      beside.notify(method, undefined);
      return;
    }
    // Giving up what it asked of a client: the client is not told, its answer will find nobody.
    if (method === "notifications/cancelled") return;
    let reader = readerFor(server, during);
    const passed = await relay.notification(reader.place, message, "server");
    if (passed.kind !== "passed") return;
    const changes = new Map<string, string | number>(outwardNames(passed.message, server, namespace));
    if (method === "notifications/progress") {
      const flight = [...inFlight].find(({ token }) => token === params["progressToken"]);
      if (flight === undefined) return;
      const { progress } = flight;
      if (typeof progress !== "string" && typeof progress !== "number") return;
      changes.set("/params/progressToken", progress);
      reader = flight;
    }
    reader.client.notify(method, mcp.editMember(passed.message.scan, "params", changes));
  };

  return {
    take: (server: string, message: ServerMessage, during?: InFlight): void => {
      const done =
        message.kind === "request" ? takeRequest(server, message, during) : takeNotification(server, message, during);
      done.catch((error: unknown) =>
        logger.warn({ server, error: toFault(error) }, "a message of an MCP server was lost"),
      );
    },
    /** What a server wants to know before it answers, asked of the client. Throws where the client does not say. */
    answerInput: async (server: string, wanted: unknown, flight: InFlight): Promise<unknown> => {
      const method = isObject(wanted) ? wanted["method"] : undefined;
      const params = isObject(wanted) && isObject(wanted["params"]) ? wanted["params"] : {};
      const read = mcp.ownMessage(mcp.callBytes(0, String(method), Buffer.from(JSON.stringify(params))));
      if (read.kind !== "request") throw new Error("a request is none");
      const { member, value } = await answerOf(read, flight);
      if (member === "result") return JSON.parse(value.toString("utf8"));
      throw toFault(new Error(`the client of ${server} did not answer what the server asked`));
    },
  };
};

const errorValue = (code: number, message: string): { readonly member: "error"; readonly value: Buffer } => ({
  member: "error",
  value: Buffer.from(JSON.stringify({ code, message })),
});
