import type { RouteConfiguration } from "@parapet/model";
import { lookAtAgent } from "#a2a";
import { resolveCredential, type LoadedConfiguration } from "#compose";
import { attention, broken, ok, type CheckLine } from "./check-line.ts";

/** Whether the card of each agent behind a route can be read, and what it is worth. */
export const checkAgents = async (
  { configuration }: LoadedConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<readonly CheckLine[]> =>
  Promise.all(configuration.routes.filter(({ protocol }) => protocol === "a2a").map((route) => checkAgent(route, env)));

const checkAgent = async (route: RouteConfiguration, env: NodeJS.ProcessEnv): Promise<CheckLine> => {
  const credential = resolveCredential(route, env, () => undefined);
  const look = await lookAtAgent(route, credential.ok ? credential.value : undefined);
  const line = (how: typeof broken, what: string, fix: string): CheckLine => how("card", route.id, what, fix);
  if (!look.ok)
    return line(broken, `the agent's card cannot be read: ${look.why}`, "check `upstream` and `a2a.card_path`");
  const { name, bindings, signature } = look;
  if (bindings.length === 0)
    return line(
      broken,
      `${name} offers no interface of A2A 1.0 below the upstream`,
      "set `upstream` to what the addresses in its card begin with",
    );
  if (signature === "bad" || (signature === "none" && route.a2a?.signature === "required"))
    return line(broken, `${name} has no signature that fits`, "check `a2a.keys`; until then nothing goes to it");
  const spoken = `${name}, ${bindings.join(" and ")}`;
  return signature === "good"
    ? ok("card", route.id, `${spoken}, signed`)
    : line(attention, `${spoken}, whose signature is not checked`, "set `a2a.keys` where the agent signs its card");
};
