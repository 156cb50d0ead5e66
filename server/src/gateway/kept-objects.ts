import type { TenantId } from "@parapet/model";
import { Fault } from "#platform";
import type { DecodedRequest, KeptObject } from "#protocols";
import type { SharedState } from "#storage";

/** As long as providers keep responses unless told otherwise. */
const KEPT_MS = 30 * 86_400_000;

/** Whose and at which provider: an id means something only there. */
export interface KeptScope {
  readonly tenant: TenantId;
  readonly route: string;
}

/** Which of the objects that providers keep went through this gateway, so that all of them was inspected. */
export interface KeptObjects {
  readonly note: (scope: KeptScope, ids: readonly string[]) => Promise<void>;
  /** The first of these that nobody has seen here. */
  readonly firstUnknown: (scope: KeptScope, objects: readonly KeptObject[]) => Promise<KeptObject | undefined>;
}

const keyOf = ({ tenant, route }: KeptScope, id: string): string => `${tenant}:kept:${route}:${id}`;

export const createKeptObjects = (state: SharedState): KeptObjects => ({
  note: async (scope, ids) => {
    await Promise.all(ids.map((id) => state.set(keyOf(scope, id), "1", KEPT_MS)));
  },
  firstUnknown: async (scope, objects) => {
    for (const object of objects) if ((await state.get(keyOf(scope, object.id))) === undefined) return object;
    return undefined;
  },
});

/**
 * A request with what it names but nobody has seen: refused where the route enforces, else named as unscannable.
 * Throws the `not_inspected` fault.
 */
export const withoutUnseen = async (
  decoded: DecodedRequest,
  kept: KeptObjects,
  scope: KeptScope,
  enforces: boolean,
): Promise<DecodedRequest> => {
  const { refersTo = [] } = decoded;
  const unknown = refersTo.length === 0 ? undefined : await kept.firstUnknown(scope, refersTo);
  if (unknown === undefined) return decoded;
  const { pointer } = unknown;
  if (enforces)
    throw new Fault("not_inspected", {
      message: `${pointer}: this names something that did not pass through this gateway lately, so nobody here knows what it holds. Send the conversation itself.`,
    });
  return {
    ...decoded,
    unscannable: [...decoded.unscannable, { pointer, provenance: "user", reason: "text kept by the provider" }],
  };
};
