import { describe, expect, test } from "vitest";
import { callerHeaders, namesCaller } from "./caller-headers.ts";

const bearer = { authorization: "Bearer own" };
const asked = (headers: Record<string, string>, credential?: string, user?: string, tells = false) => ({
  request: { headers },
  match: {
    route: {
      credential: () => credential,
      protocol: { credential: { header: "authorization", prefix: "Bearer " } },
      peer: { tells },
    },
  },
  exchange: { origin: { onBehalfOf: ["front"], ...(user !== undefined && { user }) } },
});

describe("an upstream is told who asks", () => {
  test.each([
    ["by the caller's own credential", asked(bearer, "caller"), false, true],
    ["by its own credential beside a gateway key", asked({ ...bearer, "x-parapet-key": "k" }, "caller"), true, true],
    ["not by a gateway key, which stays here", asked(bearer, "caller"), true, false],
    ["not by an empty credential", asked({ authorization: "" }, "caller"), false, false],
    ["not by Parapet's credential", asked(bearer, "secret"), false, false],
    ["by the user's name", asked({}, undefined, "ada", true), false, true],
    ["not by a name that it does not hear", asked({}, undefined, "ada"), false, false],
    ["not by who handed it on alone", asked({}, undefined, undefined, true), false, false],
  ])("%s", (_, passage, isGuarded, isNamed) => expect(namesCaller(callerHeaders(passage, isGuarded))).toBe(isNamed));
});
