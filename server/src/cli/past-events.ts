import { DEFAULT_TENANT, type Event } from "@parapet/model";
import { EventsPage, sinceToMs } from "@parapet/model/api";
import type { LoadedConfiguration } from "#compose";
import { systemClock } from "#platform";
import { openChdbEventStore } from "#storage";
import type { CommandContext } from "./command.ts";
import { requireDataDirectory } from "./configuration.ts";
import { findServer, queryOf, type ServerClient } from "./server-client.ts";

const PAGE = 500;

/** Events since a time, from the running server or from the store when none runs. Order is the source's. */
export const pastEvents = async function* (
  loaded: LoadedConfiguration,
  filter: { readonly since: string; readonly kind?: string },
  context: CommandContext,
): AsyncGenerator<readonly Event[]> {
  const directory = requireDataDirectory(loaded, context);
  const server = await findServer(directory.root);
  if (server !== undefined) {
    yield* servedEvents(server, filter);
    return;
  }
  const store = await openChdbEventStore({
    directory: directory.events,
    memoryBytes: loaded.configuration.store.memoryBytes,
  });
  try {
    const sinceMs = sinceToMs(filter.since, systemClock.now());
    yield* store.scanEvents(DEFAULT_TENANT, { sinceMs, ...(filter.kind !== undefined && { kind: filter.kind }) });
  } finally {
    await store.close();
  }
};

const servedEvents = async function* (
  server: ServerClient,
  filter: { readonly since: string; readonly kind?: string },
): AsyncGenerator<readonly Event[]> {
  let cursor: string | undefined;
  do {
    const page: EventsPage = await server.get(`/events${queryOf({ ...filter, limit: PAGE, cursor })}`, EventsPage);
    yield page.items;
    cursor = page.next;
  } while (cursor !== undefined);
};
