import { DEFAULT_TENANT, type Configuration } from "@parapet/model";
import { probePath, type ProbeLaneOptions } from "#gateway";
import { createProbes } from "#monitor";
import { randomToken, systemClock, type Logger } from "#platform";
import { callListener, reachable } from "./call-listener.ts";
import type { DataDirectory } from "./data-directory.ts";
import { signatureSeed } from "./monitor-role.ts";
import { StartRefused } from "./running.ts";
import type { Stores } from "./stores.ts";

const ANSWER_MS = 120_000;

export interface ComposedProbes {
  /** For the gateway's route table. */
  readonly lanes: readonly ProbeLaneOptions[];
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** The probes with their lanes; a probe of a route that does not exist is refused at start. */
export const composeProbes = (options: {
  readonly configuration: Configuration;
  readonly directory: DataDirectory;
  readonly stores: Stores;
  readonly logger: Logger;
  /** Where the gateway listens; known once it does. */
  readonly port: () => number;
}): ComposedProbes => {
  const { configuration, directory, stores, logger, port } = options;
  const secret = randomToken("probe-", 32);
  const routes = new Map(configuration.routes.map((route) => [route.id, route]));
  for (const { id, route } of configuration.probes) {
    const found = routes.get(route);
    if (found === undefined)
      throw new StartRefused(`probes: ${id} names the route "${route}", which does not exist; name one of routes`);
    if (found.credential === "caller")
      throw new StartRefused(
        `probes: ${id} has no credential, because the route "${route}" passes its callers' own on; probe a route with a credential of its own`,
      );
  }
  const asked = new Set(configuration.probes.map(({ route }) => route));
  const probes = createProbes(
    {
      tenant: DEFAULT_TENANT,
      events: stores.events,
      control: stores.control,
      clock: systemClock,
      logger,
      settings: configuration.behaviour,
      assets: configuration.assets,
    },
    {
      probes: configuration.probes,
      key: directory.keys.content,
      signatureSeed: signatureSeed(directory),
      send: (route, body) => {
        const target = {
          host: reachable(configuration.listen.host),
          port: port(),
          path: `${probePath(route)}/chat/completions`,
        };
        return callListener(target, secret, body, ANSWER_MS);
      },
    },
  );
  return {
    lanes: configuration.routes.filter(({ id }) => asked.has(id)).map((route) => ({ route, secret })),
    start: probes.start,
    stop: probes.stop,
  };
};
