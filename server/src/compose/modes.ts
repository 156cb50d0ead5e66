import { DEFAULT_TENANT, type Mode, type RouteConfiguration, type TenantId } from "@parapet/model";
import { systemClock, toTimestamp } from "#platform";
import type { Stores } from "./stores.ts";

/** Modes set in the console win over the file's until changed again. */
export const createModes = async ({ control }: Stores) => {
  const overlays = new Map<string, Mode>();
  for (const { route, mode } of await control.listModeOverlays(DEFAULT_TENANT)) overlays.set(route, mode);
  return {
    of: (route: RouteConfiguration): Mode => overlays.get(route.id) ?? route.mode,
    set: async (tenant: TenantId, route: string, mode: Mode, actor: string): Promise<void> => {
      await control.putModeOverlay(tenant, route, mode, actor, toTimestamp(systemClock.now()));
      overlays.set(route, mode);
    },
  };
};
