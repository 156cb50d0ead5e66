import { z } from "zod";
import type { Advisor } from "./opinion.ts";
import { createJsonPoster, type Endpoint } from "./post-json.ts";

/** The whole answer; anything else is none. */
const Answer = z.strictObject({ confidence: z.number().min(0).max(1) });

/** A classifier behind HTTP: `{"text","provenance","category","confidence"}` is posted, `{"confidence"}` comes back. */
export const createHttpAdvisor = (endpoint: Endpoint, place: Pick<Advisor, "name" | "isLocal">): Advisor => {
  const { post, close } = createJsonPoster(endpoint);
  return {
    ...place,
    ask: async ({ text, provenance, category, confidence }, signal) => {
      const posted = await post({ text, provenance, category, confidence }, signal);
      if (!posted.ok) return posted;
      const answer = Answer.safeParse(posted.body);
      return answer.success
        ? { ok: true, confidence: answer.data.confidence }
        : { ok: false, reason: "its answer does not have the agreed form" };
    },
    close,
  };
};
