import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { McpServerConfiguration } from "@parapet/model";
import { resolveCredential, type LoadedConfiguration } from "#compose";
import { attention, broken, ok, type CheckLine } from "./check-line.ts";
import { reachUpstream } from "./reach-upstream.ts";

/** Whether each MCP server that a route names can be reached or started, and which none names. */
export const checkMcpServers = async (
  { configuration }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
  stored: ReadonlySet<string>,
): Promise<readonly CheckLine[]> => {
  const used = new Set(configuration.routes.flatMap(({ servers = [] }) => servers));
  const lines = await Promise.all(
    configuration.mcp.servers.map(async (server) => {
      const unused = attention("reachable", server.id, "no route names it", "name it in the `servers` of a route");
      const own =
        server.url === undefined ? checkProgram(server, env) : await checkEndpoint(server, server.url, env, stored);
      return used.has(server.id) ? [own] : [unused, own];
    }),
  );
  return lines.flat();
};

const checkEndpoint = async (
  server: McpServerConfiguration,
  url: string,
  env: NodeJS.ProcessEnv,
  stored: ReadonlySet<string>,
): Promise<CheckLine> => {
  const credential = resolveCredential(server, env, (name) => (stored.has(name) ? "stored" : undefined));
  if (!credential.ok)
    return broken("reachable", server.id, credential.message, "without it the server may refuse every call");
  const reached = await reachUpstream(url, server.allow_private);
  const host = URL.parse(url)?.host ?? url;
  return reached.ok
    ? ok("reachable", server.id, `${host} accepts connections`)
    : broken(
        "reachable",
        server.id,
        `${host}: ${reached.why}`,
        "check the server's address, DNS, the firewall and its certificate",
      );
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const checkProgram = ({ id, command = [], directory }: McpServerConfiguration, env: NodeJS.ProcessEnv): CheckLine => {
  const [program = ""] = command;
  const places = program.includes("/")
    ? [isAbsolute(program) ? program : resolve(directory ?? ".", program)]
    : (env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
  return places.some(isProgram)
    ? ok("reachable", id, `${program} can be started`)
    : broken("reachable", id, `${program} is no program here`, "install it, or write its whole path in `command`");
};
