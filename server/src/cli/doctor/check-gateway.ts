import { isLoopbackHost, metricsCredential, type LoadedConfiguration } from "#compose";
import { createHttpClient } from "#platform";
import { attention, broken, ok, type CheckLine } from "./check-line.ts";
import { reachUpstream } from "./reach-upstream.ts";

const TIMEOUT_MS = 3_000;
const WAITING_ATTENTION = 10_000;

const valueOf = (metrics: string, name: string): number | undefined => {
  const text = new RegExp(`^${name} (\\d+)`, "m").exec(metrics)?.[1];
  return text === undefined ? undefined : Number(text);
};

/** An address to ask where the server listens on all of them. */
const askable = (host: string): string =>
  host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;

/** A gateway on a machine of its own has no socket: it is asked on its own port, and so is its monitor. */
export const checkGateway = async (
  { configuration }: LoadedConfiguration,
  monitor: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly CheckLine[]> => {
  const { host, port } = configuration.metrics.listen ?? configuration.listen;
  const credential = metricsCredential(configuration, env);
  const own = `http://${askable(host)}:${port}`;
  const http = createHttpClient({ allowPrivate: true, timeoutMs: TIMEOUT_MS });
  try {
    const [metrics, reached] = await Promise.all([
      http.request({
        url: `${own}/metrics`,
        ...(credential.ok &&
          credential.value !== undefined && { headers: { authorization: `Bearer ${credential.value}` } }),
      }),
      reachUpstream(monitor, true, TIMEOUT_MS),
    ]);
    const shown = metrics.ok && metrics.status === 200 ? metrics.body.toString("utf8") : undefined;
    const refused = metrics.ok && metrics.status === 401;
    return [
      reached.ok
        ? ok("reachable", "monitor", `${monitor} accepts connections`)
        : broken("reachable", "monitor", `${monitor}: ${reached.why}`, "records wait in the spool until it is back"),
      ...(shown === undefined
        ? [
            refused
              ? attention(
                  "running",
                  "gateway",
                  `${own} does not take metrics.credential as it is here`,
                  "give the doctor the environment or file that the gateway was started with",
                )
              : attention("running", "gateway", `nothing answers on ${own}`, "start it with parapet gateway"),
          ]
        : [ok("running", "gateway", `answers on ${own}`), ...spoolLines(shown)]),
    ];
  } finally {
    await http.close();
  }
};

const spoolLines = (metrics: string): readonly CheckLine[] => {
  const pending = valueOf(metrics, "parapet_spool_pending") ?? 0;
  const lost = valueOf(metrics, "parapet_evidence_lost_total") ?? 0;
  return [
    pending > WAITING_ATTENTION
      ? attention(
          "lagging",
          "spool",
          `${pending} records wait to be shipped`,
          "look for `records wait in the spool` in the log",
        )
      : ok("lagging", "spool", pending === 0 ? "nothing waits" : `${pending} records wait to be shipped`),
    lost === 0
      ? ok("lost", "evidence", "nothing was lost since the start")
      : attention("lost", "evidence", `${lost} records of best-effort routes could not be written`),
  ];
};

/** Metrics name routes and verdicts: whoever may not use the gateway should not read them. */
export const checkMetrics = ({ configuration }: LoadedConfiguration): CheckLine => {
  const { credential, listen } = configuration.metrics;
  const { host, port } = listen ?? configuration.listen;
  if (credential !== undefined) return ok("private", "metrics", "they need a credential");
  return isLoopbackHost(host)
    ? ok("private", "metrics", `answered on ${host} only`)
    : attention(
        "private",
        "metrics",
        `whoever reaches ${host}:${port} may read them; they name routes and verdicts`,
        "set metrics.credential, or metrics.listen to an address that only your monitoring reaches",
      );
};
