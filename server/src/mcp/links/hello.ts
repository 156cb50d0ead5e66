import { Fault } from "#platform";
import { isObject, mcp, type JsonObject } from "#protocols";
import { CLIENT_INFO, type Ask, type Hello } from "./link.ts";

/** Its messages are those of later revisions; only its way over HTTP is another. */
const OLDEST = "2024-11-05";
const NEWEST = mcp.LEGACY_VERSIONS[0] ?? "";

export const initializeParams = (capabilities: JsonObject): Buffer =>
  Buffer.from(JSON.stringify({ protocolVersion: NEWEST, capabilities, clientInfo: CLIENT_INFO }));

/** What stands in `_meta` of each request of the revision without sessions. */
const envelope = (capabilities: JsonObject): Readonly<Record<string, string>> => ({
  "io.modelcontextprotocol/protocolVersion": JSON.stringify(mcp.MODERN_VERSION),
  "io.modelcontextprotocol/clientCapabilities": JSON.stringify(capabilities),
  "io.modelcontextprotocol/clientInfo": JSON.stringify(CLIENT_INFO),
});

/** A request as the revision without sessions has it: each says which revision that is, and what the client can do. */
export const withEnvelope = (asked: Ask, capabilities: JsonObject): Ask => {
  const message = mcp.ownMessage(mcp.callBytes(0, asked.method, asked.params));
  const members = envelope(capabilities);
  const known = message.kind === "request" ? mcp.metaOf(message.params) : {};
  const fresh = Object.fromEntries(Object.entries(members).filter(([key]) => !(key in known)));
  const changes = new Map<string, string>();
  const hasMeta = message.kind === "request" && "_meta" in message.params;
  const additions = hasMeta
    ? new Map([["/params/_meta", fresh]])
    : new Map([
        [
          "/params",
          {
            _meta: `{${Object.entries(members)
              .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
              .join(",")}}`,
          },
        ],
      ]);
  return { ...asked, params: mcp.editMember(message.scan, "params", changes, additions) };
};

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** Reads the answer to `initialize`. Throws `upstream_invalid` where it is none that can be spoken with. */
export const helloOf = (answer: mcp.RpcAnswer): Hello => {
  if (answer.kind !== "result") throw invalid(`it refused to be initialised (${answer.code})`);
  const version = answer.result["protocolVersion"];
  if (typeof version !== "string" || (version !== OLDEST && !mcp.LEGACY_VERSIONS.includes(version)))
    throw invalid("it speaks no revision of MCP that is spoken here");
  return { era: "legacy", version, ...saidOf(answer.result) };
};

/** Reads the answer to `server/discover`; undefined where it is none. */
export const discovered = (answer: mcp.RpcAnswer): Hello | undefined => {
  if (answer.kind !== "result") return undefined;
  const versions = answer.result["supportedVersions"];
  if (!Array.isArray(versions) || !versions.includes(mcp.MODERN_VERSION)) return undefined;
  return { era: "modern", version: mcp.MODERN_VERSION, ...saidOf(answer.result) };
};

const saidOf = (result: JsonObject): Pick<Hello, "capabilities" | "instructions"> => {
  const { instructions } = result;
  return {
    capabilities: objectOf(result["capabilities"]),
    instructions: typeof instructions === "string" ? instructions : "",
  };
};

const invalid = (detail: string): Fault => new Fault("upstream_invalid", { detail: `MCP server: ${detail}` });
