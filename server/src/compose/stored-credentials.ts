import { DEFAULT_TENANT, type TenantId } from "@parapet/model";
import { open, seal, systemClock, toTimestamp } from "#platform";
import type { Stores } from "./stores.ts";

/** Upstream credentials stored through the API: sealed at rest, opened in memory only. */
export const createStoredCredentials = async ({ control }: Stores, key: Buffer) => {
  const values = new Map<string, string>();
  for (const { name } of await control.listCredentials(DEFAULT_TENANT)) {
    const sealed = await control.getCredential(DEFAULT_TENANT, name);
    const value = sealed === undefined ? undefined : open(key, Buffer.from(sealed, "base64"), name);
    if (value !== undefined) values.set(name, value.toString("utf8"));
  }
  return {
    /** As gateways on other machines get them: still sealed. */
    sealed: async () => {
      const names = await control.listCredentials(DEFAULT_TENANT);
      const all = await Promise.all(
        names.map(async ({ name }) => ({ name, sealed: (await control.getCredential(DEFAULT_TENANT, name)) ?? "" })),
      );
      return all.filter(({ sealed }) => sealed !== "");
    },
    get: (name: string): string | undefined => values.get(name),
    values: (): readonly string[] => [...values.values()],
    set: async (tenant: TenantId, name: string, value: string): Promise<void> => {
      const sealed = seal(key, value, name).toString("base64");
      await control.putCredential(tenant, name, sealed, toTimestamp(systemClock.now()));
      values.set(name, value);
    },
  };
};
