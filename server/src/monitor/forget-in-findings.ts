import type { TenantId } from "@parapet/model";
import { forgetName } from "#findings";
import type { ControlStore } from "#storage";

const PAGE = 200;

/** Takes an erased person's name out of every finding. Findings stay: what happened is not undone. */
export const forgetInFindings = async (control: ControlStore, tenant: TenantId, name: string): Promise<void> => {
  let cursor: string | undefined;
  do {
    const page = await control.listFindings(tenant, { limit: PAGE, cursor });
    for (const found of page.items)
      if (forgetName(found, name) !== undefined)
        await control.changeFinding(tenant, found.id, (finding) => forgetName(finding, name));
    cursor = page.next;
  } while (cursor !== undefined);
  // An exception for one person has nobody to hold for any more.
  for (const { id, where } of await control.listExceptions(tenant, 0))
    if (Object.values(where).includes(name)) await control.deleteException(tenant, id);
};
