import type { IncomingMessage, ServerResponse } from "node:http";
import { AgentScope, GatewayKey, isExchangeRecord, Mode, SpoolRecord } from "@parapet/model";
import { z } from "zod";
import { constantTimeEqual, type Logger } from "#platform";
import { SpoolUnavailable, type Spool } from "#storage";

export const GATEWAY_RECORDS_PATH = "/ingest/gateway";
export const GATEWAY_STATE_PATH = "/ingest/gateway/state";
export const GATEWAY_APPROVALS_PATH = "/ingest/gateway/approvals";

const BODY_BYTES_MAX = 64 * 1024 * 1024;
const REMEMBERED_IDS = 200_000;

/** What a gateway without a store of its own is told: keys by their hashes, modes, sealed credentials, scopes of agents. */
export const GatewayState = z.object({
  keys: z.array(GatewayKey.extend({ secretHash: z.string() })),
  modes: z.array(z.object({ route: z.string(), mode: Mode })),
  credentials: z.array(z.object({ name: z.string(), sealed: z.string() })),
  /** What persons confirmed for agents. A monitor of an earlier version tells none. */
  agents: z.array(AgentScope.pick({ agent: true, scope: true })).default([]),
  /** Digests of requests that an approval waits for. */
  held: z.array(z.string()).default([]),
});
export type GatewayState = Readonly<z.infer<typeof GatewayState>>;

export interface GatewayIngestOptions {
  readonly credential: string;
  readonly spool: Spool;
  readonly state: () => Promise<GatewayState>;
  /** Answers what gateways ask about approvals; rejects with a `ZodError` for what is no question. */
  readonly approvals: (question: unknown) => Promise<unknown>;
  readonly logger: Logger;
}

/**
 * `POST /ingest/gateway`: newline-delimited spool records. `GET /ingest/gateway/state`: what the gateway needs to know.
 * `POST /ingest/gateway/approvals`: what it asks about what its policies hold.
 */
export const createGatewayIngest = ({ credential, spool, state, approvals, logger }: GatewayIngestOptions) => {
  const seen = new Set<string>();

  const remember = (id: string): void => {
    seen.add(id);
    if (seen.size <= REMEMBERED_IDS) return;
    for (const oldest of seen) {
      seen.delete(oldest);
      break;
    }
  };

  const accept = async (text: string): Promise<{ status: number; body: unknown }> => {
    const lines = text.split("\n").filter((line) => line !== "");
    const fresh = new Map<string, string>();
    for (const [index, line] of lines.entries()) {
      const record = readRecord(line);
      if (record === undefined) return { status: 400, body: { error: "not a spool record", line: index + 1 } };
      if (!seen.has(record.id)) fresh.set(record.id, line);
    }
    await Promise.all([...fresh.values()].map((line) => spool.append(line)));
    for (const id of fresh.keys()) remember(id);
    return { status: 202, body: { accepted: fresh.size, known: lines.length - fresh.size } };
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, {
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      });
      response.end(JSON.stringify(body));
    };
    const given = /^Bearer (\S{1,8192})$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!constantTimeEqual(given, credential)) return answer(401, { error: "a source credential is needed" });
    try {
      if (request.method === "GET" && request.url === GATEWAY_STATE_PATH) return answer(200, await state());
      if (request.method === "POST" && request.url === GATEWAY_APPROVALS_PATH) {
        const question = await readText(request);
        if (question === undefined) return answer(413, { error: `more than ${BODY_BYTES_MAX} bytes` });
        return answer(200, await approvals(JSON.parse(question)));
      }
      if (request.method !== "POST" || request.url !== GATEWAY_RECORDS_PATH) return answer(404, { error: "unknown" });
      const text = await readText(request);
      if (text === undefined) return answer(413, { error: `more than ${BODY_BYTES_MAX} bytes` });
      const { status, body } = await accept(text);
      return answer(status, body);
    } catch (error) {
      if (error instanceof z.ZodError || error instanceof SyntaxError) return answer(400, { error: "not a question" });
      if (!(error instanceof SpoolUnavailable)) logger.error({ error }, "ingest failed");
      return answer(503, { error: "cannot be stored now; send it again" });
    }
  };
};

const readRecord = (line: string): SpoolRecord | undefined => {
  try {
    const parsed = SpoolRecord.safeParse(JSON.parse(line));
    if (!parsed.success || !isFromGateway(parsed.data)) return undefined;
    return parsed.data;
  } catch {
    return undefined;
  }
};

/**
 * Only this process's own gateway has a lane; a mark from elsewhere would keep traffic out of findings and evidence.
 * Telemetry has a door of its own, where a source's credential and quota count.
 */
const isFromGateway = (record: SpoolRecord): boolean =>
  record.kind === "audit" || (isExchangeRecord(record) && record.origin.lane === undefined);

const readText = async (request: IncomingMessage): Promise<string | undefined> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString("utf8");
};
