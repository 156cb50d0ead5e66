import { GatewayKey } from "@parapet/model";
import { KeyCreate, KeyCreated, KeyRotate, KeysResponse } from "@parapet/model/api";
import { createKey, publicKey, revokeKey, rotateKey } from "#access";
import { Fault, parseCidr } from "#platform";
import type { StoredKey } from "#storage";
import { endpoint, type Call } from "./endpoint.ts";

const findKey = async ({ tools, tenant, params }: Call<unknown, unknown>): Promise<StoredKey> => {
  const key = (await tools.control.listKeys(tenant)).find(({ id }) => id === params["id"]);
  if (key === undefined) throw new Fault("not_found");
  return key;
};

export const keyEndpoints = [
  endpoint({
    method: "get",
    path: "/keys",
    summary: "Gateway keys, without secrets",
    role: "viewer",
    answer: KeysResponse,
    handle: async ({ tools, tenant }) => ({ items: (await tools.control.listKeys(tenant)).map(publicKey) }),
  }),
  endpoint({
    method: "post",
    path: "/keys",
    summary: "Create a gateway key; the answer is the only one that holds the secret",
    role: "administrator",
    body: KeyCreate,
    answer: KeyCreated,
    status: 201,
    audit: "key.created",
    handle: async ({ tools, tenant, body, note }) => {
      const unknown = body.routes.find((id) => !tools.routes.some((route) => route.id === id));
      if (unknown !== undefined) throw new Fault("bad_request", { message: `There is no route "${unknown}".` });
      const wrong = body.addresses.find((entry) => parseCidr(entry) === undefined);
      if (wrong !== undefined) throw new Fault("bad_request", { message: `"${wrong}" is no address or CIDR range.` });
      const { stored, secret } = createKey(body, tools.pepper, tools.clock.now(), tenant);
      await tools.control.putKey(stored);
      await tools.reloadKeys();
      const { routes, models, addresses } = stored;
      note(stored.id, { routes, models, addresses, scoped: routes.length > 0 });
      return { key: publicKey(stored), secret };
    },
  }),
  endpoint({
    method: "post",
    path: "/keys/{id}/rotate",
    summary: "A successor with the same scope; the old secret works for the overlap",
    role: "administrator",
    body: KeyRotate,
    answer: KeyCreated,
    status: 201,
    audit: "key.rotated",
    handle: async (call) => {
      const { tools, body, note } = call;
      const old = await findKey(call);
      if (old.revokedAt !== undefined) throw new Fault("conflict", { message: "A revoked key cannot be rotated." });
      if (old.expiresAt !== undefined && Date.parse(old.expiresAt) <= tools.clock.now()) {
        throw new Fault("conflict", { message: "An expired key cannot be rotated; create a new one." });
      }
      const { successor, retired } = rotateKey(old, body.overlapSeconds, tools.pepper, tools.clock.now());
      await tools.control.putKey(successor.stored);
      await tools.control.putKey(retired);
      await tools.reloadKeys();
      note(old.id, { successor: successor.stored.id, overlapSeconds: body.overlapSeconds });
      return { key: publicKey(successor.stored), secret: successor.secret };
    },
  }),
  endpoint({
    method: "delete",
    path: "/keys/{id}",
    summary: "Revoke a key at once",
    role: "administrator",
    answer: GatewayKey,
    audit: "key.revoked",
    handle: async (call) => {
      const { tools, note } = call;
      const key = await findKey(call);
      const revoked = revokeKey(key, tools.clock.now());
      await tools.control.putKey(revoked);
      await tools.reloadKeys();
      note(key.id);
      return publicKey(revoked);
    },
  }),
];
