import { canonical } from "#ledger";
import { sha256Hex, type Logger } from "#platform";
import { isObject, mcp, type JsonObject } from "#protocols";
import type { PinState } from "@parapet/model";
import type { PinBook } from "#pins";
import type { Caller } from "./caller.ts";
import type { Link } from "./links/link.ts";
import type { Passed, Place, Relay } from "./relay.ts";

export interface ListTools {
  readonly servers: readonly string[];
  readonly namespace: mcp.Namespace;
  readonly relay: Relay;
  readonly linkTo: (server: string) => Promise<Link>;
  /** Whether the caller's agent was given a tool. */
  readonly mayUse: (caller: Caller, server: string, tool: string) => boolean;
  /** State of a definition against what was pinned; told of each that is listed. */
  readonly pins: Pick<PinBook, "observe" | "settled">;
  readonly policyVersion: () => string;
  /** Definitions that a policy stopped, by policy version and digest: judged once, left out from then on. */
  readonly withheld: Set<string>;
  readonly logger: Logger;
}

/** A tool as one caller may see it. */
export type FoundTool =
  | { readonly kind: "unknown" }
  | {
      readonly kind: "held";
      readonly reason: string;
      readonly headers: readonly mcp.HeaderArgument[];
      readonly definition: JsonObject;
    }
  | { readonly kind: "found"; readonly headers: readonly mcp.HeaderArgument[]; readonly definition: JsonObject };

/** What the servers behind an endpoint say of themselves. */
export interface Greeting {
  readonly capabilities: JsonObject;
  /** What they want models to be told, one text per server. */
  readonly instructions: readonly string[];
}

const PAGES_MAX = 100;
const ITEMS_MAX = 5_000;
const INSTRUCTIONS_UNITS_MAX = 16_384;
const WITHHELD_MAX = 10_000;

const CAPABILITY_OF: ReadonlyMap<string, string> = new Map([
  ["tools/list", "tools"],
  ["prompts/list", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resources"],
  ["tasks/list", "tasks"],
]);

/** Member of an item that names it. */
const NAMES: ReadonlyMap<string, "name" | "uri" | "uriTemplate" | "taskId"> = new Map([
  ["tools", "name"],
  ["prompts", "name"],
  ["resources", "uri"],
  ["resourceTemplates", "uriTemplate"],
  ["tasks", "taskId"],
]);

/** What the servers behind an endpoint offer one client, put together from their own lists each time it asks. */
export const createLists = (tools: ListTools) => {
  const { servers, namespace, relay, linkTo, logger } = tools;
  /** Tools of each server as they were last listed. */
  const known = new Map<string, ReadonlyMap<string, JsonObject>>();
  /** Servers whose tools may be others by now. */
  const doubted = new Set<string>();

  const page = async (link: Link, method: string, cursor: string | undefined): Promise<JsonObject> => {
    const params = Buffer.from(JSON.stringify(cursor === undefined ? {} : { cursor }));
    const answer = await link.ask({ method, params });
    return answer.kind === "result" ? answer.result : {};
  };

  const itemsOf = async (server: string, method: string, member: string): Promise<readonly JsonObject[]> => {
    const link = await linkTo(server);
    if (link.hello.capabilities[CAPABILITY_OF.get(method) ?? ""] === undefined) return [];
    const items: JsonObject[] = [];
    let cursor: string | undefined;
    for (let read = 0; read < PAGES_MAX && items.length < ITEMS_MAX; read += 1) {
      const result = await page(link, method, cursor);
      const list = result[member];
      for (const item of Array.isArray(list) ? list : []) if (isObject(item)) items.push(item);
      const next = result["nextCursor"];
      if (typeof next !== "string" || next === cursor) break;
      cursor = next;
    }
    return items;
  };

  /** All servers at once; one that fails is left out, and only when all do it is a failure. */
  const fromAll = async <T>(read: (server: string) => Promise<T>): Promise<readonly (readonly [string, T])[]> => {
    const results = await Promise.allSettled(servers.map(read));
    const failures: unknown[] = [];
    const got = results.flatMap((result, at): (readonly [string, T])[] => {
      if (result.status === "fulfilled") return [[servers[at] ?? "", result.value]];
      failures.push(result.reason);
      logger.warn({ server: servers[at], error: String(result.reason) }, "an MCP server is left out");
      return [];
    });
    if (got.length === 0 && failures.length > 0) throw failures[0];
    return got;
  };

  const nameOf = (item: JsonObject, member: string): string => {
    const name = item[NAMES.get(member) ?? "name"];
    return typeof name === "string" ? name : "";
  };

  const renamed = (server: string, item: JsonObject, member: string): JsonObject => {
    const field = NAMES.get(member) ?? "name";
    const named = { server, name: nameOf(item, member) };
    const isUri = field === "uri" || field === "uriTemplate";
    return { ...item, [field]: isUri ? namespace.outwardUri(named) : namespace.outward(named) };
  };

  const withheldKey = (item: JsonObject): string => `${tools.policyVersion()} ${sha256Hex(canonical(item))}`;
  const isWithheld = (item: JsonObject): boolean => tools.withheld.size > 0 && tools.withheld.has(withheldKey(item));

  const listTools = async (server: string): Promise<ReadonlyMap<string, JsonObject>> => {
    // What is said from here on may not be in the answer.
    doubted.delete(server);
    const items = await itemsOf(server, "tools/list", "tools").catch((error: unknown) => {
      doubted.add(server);
      throw error;
    });
    const own = new Map(
      items.filter((item) => nameOf(item, "tools") !== "").map((item) => [nameOf(item, "tools"), item]),
    );
    known.set(server, own);
    // What is new counts once it is durable.
    const offered = new Set(own.keys());
    for (const definition of own.values()) tools.pins.observe(server, definition, { neighbours: servers, offered });
    await tools.pins.settled();
    return own;
  };

  const stateOf = (place: Place, server: string, name: string, definition: JsonObject): FoundTool => {
    if (!tools.mayUse(place.caller, server, name)) return { kind: "unknown" };
    const { state, approval } = tools.pins.observe(server, definition, { neighbours: servers });
    const headers = mcp.headerArguments(definition["inputSchema"]);
    const held = (reason: string): FoundTool => ({ kind: "held", reason, headers, definition });
    if (state === "changed" || state === "shadowing") return held(heldSentence(state, name, approval));
    if (isWithheld(renamed(server, definition, "tools"))) return held(`A policy withholds the definition of ${name}.`);
    return { kind: "found", headers, definition };
  };

  /** On a route that only observes, what would be held is listed, and its calls say so. */
  const isShown = (place: Place, { kind }: FoundTool): boolean =>
    kind === "found" || (kind === "held" && place.mode() === "observe");

  const collectItems = async (place: Place, method: string, member: string): Promise<readonly JsonObject[]> => {
    const all = await fromAll(async (server) =>
      method === "tools/list"
        ? [...(await listTools(server))].flatMap(([name, definition]) =>
            isShown(place, stateOf(place, server, name, definition)) ? [definition] : [],
          )
        : itemsOf(server, method, member),
    );
    return all
      .flatMap(([server, items]) => items.map((item) => renamed(server, item, member)))
      .filter((item) => !isWithheld(item));
  };

  const collect = async (request: mcp.RpcRequest, place: Place, era: mcp.Era, startedMs: number): Promise<Passed> => {
    const member = mcp.LIST_MEMBERS.get(request.method) ?? "";
    const listOf = (items: readonly JsonObject[]): JsonObject => ({
      [member]: items,
      ...(era === "modern" && { resultType: "complete", ttlMs: 0, cacheScope: "private" }),
    });
    let items: readonly JsonObject[] = [];
    const whole = await relay.collected(
      place,
      request,
      async () => {
        items = await collectItems(place, request.method, member);
        return listOf(items);
      },
      startedMs,
    );
    if (whole.kind !== "blocked" || items.length === 0) return whole;
    // One poisoned definition must not take the others with it: each is judged by itself, and is an exchange of its own.
    const good: JsonObject[] = [];
    for (const item of items) {
      const judged = await relay.collected(place, request, async () => listOf([item]));
      if (judged.kind !== "blocked") good.push(item);
      else if (tools.withheld.size < WITHHELD_MAX) tools.withheld.add(withheldKey(item));
    }
    return relay.collected(place, request, async () => listOf(good));
  };

  const able = async (capability: string): Promise<readonly string[]> =>
    (await fromAll(linkTo)).filter(([, { hello }]) => capability in hello.capabilities).map(([server]) => server);

  return {
    collect,
    able,
    /** Tools of the server may be others now: the next call looks first. */
    doubt: (server: string): void => void doubted.add(server),
    /** Compares the tools of a server with their pins. */
    look: listTools,
    /** A tool by the name that its server gives it. Lists once more where it is not known, or may be another now. */
    tool: async ({ server, name }: mcp.Named, place: Place): Promise<FoundTool> => {
      const listed = doubted.has(server) ? undefined : known.get(server)?.get(name);
      const definition = listed ?? (await listTools(server)).get(name);
      return definition === undefined ? { kind: "unknown" } : stateOf(place, server, name, definition);
    },
    /** Arguments of a tool that headers repeat, as far as it is known. */
    headersOf: (outwardName: string): readonly mcp.HeaderArgument[] => {
      const named = namespace.inward(outwardName);
      const definition = named === undefined ? undefined : known.get(named.server)?.get(named.name);
      return mcp.headerArguments(definition?.["inputSchema"]);
    },
    /** Capabilities of all servers together, and their instructions under their names. */
    greeting: async (): Promise<Greeting> => {
      const hellos = (await fromAll(linkTo)).map(([server, { hello }]) => ({ server, hello }));
      return {
        capabilities: joinCapabilities(hellos.map(({ hello }) => hello.capabilities)),
        instructions: hellos
          .filter(({ hello }) => hello.instructions !== "")
          .map(({ server, hello }) => (namespace.isPlain ? hello.instructions : `# ${server}\n${hello.instructions}`))
          .map((text) => text.slice(0, INSTRUCTIONS_UNITS_MAX)),
      };
    },
  };
};

/** Tasks of the revision without sessions. */
const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

/** What at least one server can do, of what is passed through here. */
const joinCapabilities = (all: readonly JsonObject[]): JsonObject => {
  const has = (name: string): boolean => all.some((one) => isObject(one[name]));
  const says = (name: string, flag: string): boolean =>
    all.some((one) => isObject(one[name]) && one[name][flag] === true);
  const tasks = all.map((one) => one["tasks"]).find(isObject);
  const hasExtension = (name: string): boolean =>
    all.some(({ extensions }) => isObject(extensions) && isObject(extensions[name]));
  return {
    ...(has("tools") && { tools: { listChanged: true } }),
    ...(has("prompts") && { prompts: { listChanged: true } }),
    ...(has("resources") && {
      resources: { listChanged: true, ...(says("resources", "subscribe") && { subscribe: true }) },
    }),
    ...(has("completions") && { completions: {} }),
    ...(has("logging") && { logging: {} }),
    ...(tasks !== undefined && { tasks }),
    ...(hasExtension(TASKS_EXTENSION) && { extensions: { [TASKS_EXTENSION]: {} } }),
  };
};

const heldSentence = (state: PinState, name: string, approval: string): string =>
  state === "shadowing"
    ? `${name} looks like a tool of another server. It waits for approval: ${approval}`
    : `The definition of ${name} has changed since it was pinned. It waits for approval: ${approval}`;
