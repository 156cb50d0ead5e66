import { DEFAULT_TENANT, TenantId } from "@parapet/model";
import { NO_REQUEST } from "#protocols";
import { openMemorySharedState } from "#storage";
import { expect, test } from "vitest";
import { createKeptObjects, withoutUnseen } from "./kept-objects.ts";

const here = { tenant: DEFAULT_TENANT, route: "assistant" };
const asking = { ...NO_REQUEST, refersTo: [{ id: "resp_1", pointer: "/previous_response_id" }] };

test("what a provider keeps counts for the tenant and the route that saw it", async () => {
  const kept = createKeptObjects(openMemorySharedState());
  await kept.note(here, ["resp_1"]);
  await expect(withoutUnseen(asking, kept, here, true)).resolves.toBe(asking);
  for (const scope of [
    { ...here, route: "other" },
    { ...here, tenant: TenantId.parse("other") },
  ])
    await expect(withoutUnseen(asking, kept, scope, true)).rejects.toMatchObject({ code: "not_inspected" });
});

test("what nobody has seen is named as unscannable where the route only observes", async () => {
  const kept = createKeptObjects(openMemorySharedState());
  const decoded = await withoutUnseen(asking, kept, here, false);
  expect(decoded.unscannable).toEqual([
    { pointer: "/previous_response_id", provenance: "user", reason: "text kept by the provider" },
  ]);
});
