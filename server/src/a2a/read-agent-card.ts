import { A2aSettings, type RouteConfiguration } from "@parapet/model";
import { createDeparture, JSON_TYPE, type Upstream } from "#gateway";
import { Fault, scanJson } from "#platform";
import { a2a } from "#protocols";

export const CARD_BYTES_MAX = 1024 * 1024;
const CARD_MS = 10_000;
const DEPTH_MAX = 32;

/** What an A2A route says of its agent. */
export const settingsOf = ({ a2a: settings }: RouteConfiguration): A2aSettings => settings ?? A2aSettings.parse({});

/** The JSON of a card, or of an answer with one. Throws `upstream_invalid`. */
export const valueIn = (bytes: Buffer): unknown => {
  const scan = scanJson(bytes, { depthMax: DEPTH_MAX });
  if (!scan.ok) throw new Fault("upstream_invalid", { detail: `an agent's card: ${scan.fault.message}` });
  return scan.value.value;
};

/** Reads the card of the agent behind a route. Throws faults of the upstream. */
export const readAgentCard = async (
  upstream: Upstream,
  route: RouteConfiguration,
  credential: string | undefined,
): Promise<a2a.AgentCard> => {
  const bytes = await fetchCard(upstream, settingsOf(route).card_path, credential);
  const card = a2a.readCard(valueIn(bytes), route.upstream ?? "");
  if (card === undefined) throw new Fault("upstream_invalid", { detail: "what stands there is no card of an agent" });
  return card;
};

const fetchCard = async (upstream: Upstream, path: string, credential: string | undefined): Promise<Buffer> => {
  const call = createDeparture();
  const late = setTimeout(() => call.go(`the card did not come within ${CARD_MS} ms`), CARD_MS);
  late.unref();
  const headers = {
    accept: JSON_TYPE,
    "accept-encoding": "identity",
    ...a2a.VERSION_HEADER,
    "user-agent": "parapet",
    ...(credential !== undefined && credential !== "caller" && { authorization: `Bearer ${credential}` }),
  };
  try {
    const answer = await upstream.send({ method: "GET", path, headers }, call);
    if (answer.status !== 200) {
      call.go();
      throw new Fault("upstream_invalid", { detail: `the agent's card at ${path}: status ${answer.status}` });
    }
    return await answer.body.collect(CARD_BYTES_MAX);
  } finally {
    clearTimeout(late);
  }
};
