import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Configuration } from "@parapet/model";
import { constantTimeEqual, type Logger } from "#platform";
import { createHostCheck } from "./host-check.ts";
import { closeServer, listen, urlOf } from "./listener.ts";
import { metricsCredential } from "./load-configuration.ts";
import { plain } from "./plain-answer.ts";
import { StartRefused } from "./running.ts";

export interface MetricsDoor {
  /** For `/metrics` on the port of everything else; undefined where it has one of its own. */
  readonly shared: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Listens where `metrics.listen` says, if it does. */
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Who may read the metrics, and where. Throws `StartRefused` when the credential cannot be had. */
export const createMetricsDoor = (
  configuration: Configuration,
  env: NodeJS.ProcessEnv,
  { render, logger }: { readonly render: () => string; readonly logger: Logger },
): MetricsDoor => {
  const { listen: apart } = configuration.metrics;
  const credential = metricsCredential(configuration, env);
  if (!credential.ok) throw new StartRefused(`metrics.credential: ${credential.message}`);
  const expected = credential.value;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const given = /^Bearer (\S{1,8192})$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (expected !== undefined && !constantTimeEqual(given, expected))
      return plain(response, 401, "The metrics need a credential.\n", { "www-authenticate": "Bearer" });
    return plain(response, 200, render());
  };
  if (apart === undefined) return { shared: answer, open: async () => undefined, close: async () => undefined };
  const own = { listen: { ...configuration.listen, ...apart } };
  const acceptsHost = createHostCheck(own);
  const server = createServer((request, response) => {
    if (!acceptsHost(request.headers.host)) return plain(response, 421, "This host name is not served here.\n");
    return request.url === "/metrics" ? answer(request, response) : plain(response, 404, "Not found\n");
  });
  return {
    shared: undefined,
    open: async () => {
      const url = urlOf(own, await listen(server, apart));
      logger.info({ url: `${url}/metrics` }, "metrics are served apart");
    },
    close: () => closeServer(server, () => 0, 0),
  };
};
