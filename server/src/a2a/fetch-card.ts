import { createDeparture, JSON_TYPE, type Upstream } from "#gateway";
import { Fault } from "#platform";

const CARD_MS = 10_000;

/** Reads the card that stands at a path of an agent. Throws faults of the upstream. */
export const fetchCard = async (
  upstream: Upstream,
  path: string,
  credential: string | undefined,
  bytesMax: number,
): Promise<Buffer> => {
  const call = createDeparture();
  const late = setTimeout(() => call.go(`the card did not come within ${CARD_MS} ms`), CARD_MS);
  late.unref();
  const headers = {
    accept: JSON_TYPE,
    "accept-encoding": "identity",
    "a2a-version": "1.0",
    "user-agent": "parapet",
    ...(credential !== undefined && credential !== "caller" && { authorization: `Bearer ${credential}` }),
  };
  try {
    const answer = await upstream.send({ method: "GET", path, headers }, call);
    if (answer.status !== 200) {
      call.go();
      throw new Fault("upstream_invalid", { detail: `the agent's card at ${path}: status ${answer.status}` });
    }
    return await answer.body.collect(bytesMax);
  } finally {
    clearTimeout(late);
  }
};
