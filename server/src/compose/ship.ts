import { createHttpClient, Fault, type Logger } from "#platform";
import type { Spool, SpoolCursor } from "#storage";
import { GATEWAY_APPROVALS_PATH, GATEWAY_RECORDS_PATH, GATEWAY_STATE_PATH, GatewayState } from "#ingest";

const BATCH_MAX = 500;
const RETRY_MS = 2_000;
const TIMEOUT_MS = 30_000;
const STATE_BYTES_MAX = 16 * 1024 * 1024;

/** Ships a gateway's spool to its monitor and reads back what the gateway must know. */
export const createShipping = (options: {
  readonly url: string;
  readonly credential: string;
  readonly spool: Spool;
  readonly logger: Logger;
}) => {
  const { spool, logger } = options;
  const http = createHttpClient({ allowPrivate: true, timeoutMs: TIMEOUT_MS });
  const base = options.url.replace(/\/$/, "");
  const headers = { authorization: `Bearer ${options.credential}`, "content-type": "application/x-ndjson" };
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  /** Trims only what the monitor said it holds durably. Answers how many records that were. */
  const shipOnce = async (
    cursor: SpoolCursor | undefined,
  ): Promise<{ readonly count: number; readonly cursor: SpoolCursor | undefined }> => {
    const records = await spool.read(cursor, BATCH_MAX);
    const last = records.at(-1);
    if (last === undefined) return { count: 0, cursor };
    const body = records.map(({ json }) => json).join("\n");
    const answer = await http.request({ url: base + GATEWAY_RECORDS_PATH, method: "POST", headers, body });
    if (!answer.ok) throw new Error(`the monitor cannot be reached: ${answer.detail}`);
    if (answer.status !== 202)
      throw new Error(`the monitor answered ${answer.status}: ${answer.body.toString("utf8").slice(0, 200)}`);
    await spool.trim(last.cursor);
    return { count: records.length, cursor: last.next };
  };

  const loop = async (): Promise<void> => {
    let cursor: SpoolCursor | undefined;
    while (!stopping.signal.aborted) {
      try {
        const shipped = await shipOnce(cursor);
        cursor = shipped.cursor;
        if (shipped.count === 0) await spool.waitFor(cursor, stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.warn({ error, pending: spool.status().pending }, "records wait in the spool");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };

  return {
    start: (): void => {
      running ??= loop();
    },
    /** Keys, modes and credentials as the monitor has them; undefined when it cannot be asked. */
    fetchState: async (): Promise<GatewayState | undefined> => {
      const answer = await http.request({ url: base + GATEWAY_STATE_PATH, headers, responseBytesMax: STATE_BYTES_MAX });
      if (!answer.ok || answer.status !== 200) return undefined;
      return readState(answer.body.toString("utf8"));
    },
    /** What policies hold is asked about there; rejects when it cannot be asked. */
    askApprovals: async (question: string, signal?: AbortSignal): Promise<unknown> => {
      const answer = await http.request({
        url: base + GATEWAY_APPROVALS_PATH,
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: question,
        responseBytesMax: STATE_BYTES_MAX,
        ...(signal !== undefined && { signal }),
      });
      if (!answer.ok || answer.status !== 200) {
        const detail = answer.ok ? `the monitor answered ${answer.status} about an approval` : answer.detail;
        throw new Fault("evidence_unavailable", { detail, retryAfterSeconds: 5 });
      }
      return JSON.parse(answer.body.toString("utf8"));
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
      await http.close();
    },
  };
};

/** A proxy in between may answer 200 with a page of its own; that is no state. */
const readState = (text: string): GatewayState | undefined => {
  try {
    return GatewayState.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
