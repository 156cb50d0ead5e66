import { DEFAULT_TENANT, GatewayKey, type RouteConfiguration } from "@parapet/model";
import { KeyCreated, KeysResponse, type KeyCreate } from "@parapet/model/api";
import { createKey, publicKey, revokeKey, rotateKey } from "#access";
import type { LoadedConfiguration } from "#compose";
import { parseCidr, systemClock } from "#platform";
import type { StoredKey } from "#storage";
import { CommandFailed, EXIT } from "../command.ts";
import { withOfflineStore, type OfflineStore } from "../offline-store.ts";
import { printable } from "../printable.ts";
import { findServer, type ServerClient } from "../server-client.ts";

/** Gateway keys, whether a server runs or not. */
export interface KeyBook {
  readonly list: () => Promise<readonly GatewayKey[]>;
  readonly create: (request: KeyCreate) => Promise<KeyCreated>;
  readonly rotate: (id: string, overlapSeconds: number) => Promise<KeyCreated>;
  readonly revoke: (id: string) => Promise<GatewayKey>;
}

const servedBook = (server: ServerClient): KeyBook => ({
  list: async () => (await server.get("/keys", KeysResponse)).items,
  create: (request) => server.send("POST", "/keys", request, KeyCreated),
  rotate: (id, overlapSeconds) =>
    server.send("POST", `/keys/${encodeURIComponent(id)}/rotate`, { overlapSeconds }, KeyCreated),
  revoke: (id) => server.send("DELETE", `/keys/${encodeURIComponent(id)}`, undefined, GatewayKey),
});

const checkScope = ({ routes, addresses }: KeyCreate, known: readonly RouteConfiguration[]): void => {
  const unknown = routes.find((id) => !known.some((route) => route.id === id));
  if (unknown !== undefined) throw new CommandFailed(EXIT.usage, `There is no route "${printable(unknown)}".`);
  const wrong = addresses.find((entry) => parseCidr(entry) === undefined);
  if (wrong !== undefined) throw new CommandFailed(EXIT.usage, `"${printable(wrong)}" is no address or CIDR range.`);
};

const findKey = async ({ control }: OfflineStore, id: string): Promise<StoredKey> => {
  const key = (await control.listKeys(DEFAULT_TENANT)).find((one) => one.id === id);
  if (key === undefined)
    throw new CommandFailed(EXIT.usage, `There is no key ${printable(id)}; \`parapet keys list\` shows them.`);
  return key;
};

const offlineBook = (store: OfflineStore, routes: readonly RouteConfiguration[]): KeyBook => {
  const { control, directory } = store;
  const { pepper } = directory.keys;
  return {
    list: async () => (await control.listKeys(DEFAULT_TENANT)).map(publicKey),
    create: async (request) => {
      checkScope(request, routes);
      const { stored, secret } = createKey(request, pepper, systemClock.now());
      const { models, addresses } = stored;
      const detail = { routes: stored.routes, models, addresses, scoped: stored.routes.length > 0 };
      await store.audited({ type: "key.created", target: stored.id, detail }, () => control.putKey(stored));
      return { key: publicKey(stored), secret };
    },
    rotate: async (id, overlapSeconds) => {
      const old = await findKey(store, id);
      if (old.revokedAt !== undefined) throw new CommandFailed(EXIT.unable, "A revoked key cannot be rotated.");
      const { successor, retired } = rotateKey(old, overlapSeconds, pepper, systemClock.now());
      const detail = { successor: successor.stored.id, overlapSeconds };
      await store.audited({ type: "key.rotated", target: old.id, detail }, async () => {
        await control.putKey(successor.stored);
        await control.putKey(retired);
      });
      return { key: publicKey(successor.stored), secret: successor.secret };
    },
    revoke: async (id) => {
      const revoked = revokeKey(await findKey(store, id), systemClock.now());
      await store.audited({ type: "key.revoked", target: revoked.id, detail: {} }, () => control.putKey(revoked));
      return publicKey(revoked);
    },
  };
};

/** Works on the running server's keys, or on the data directory's when none runs (it is made when absent). */
export const withKeyBook = async <T>(
  { configuration }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
  work: (book: KeyBook) => Promise<T>,
): Promise<T> => {
  if (configuration.monitor !== undefined) {
    throw new CommandFailed(
      EXIT.usage,
      `This gateway takes its keys from the monitor at ${printable(configuration.monitor.url)}; manage them there.`,
    );
  }
  const server = await findServer(configuration.data);
  if (server !== undefined) return work(servedBook(server));
  return withOfflineStore(configuration.data, env, (store) => work(offlineBook(store, configuration.routes)));
};
