import { z } from "zod";
import { randomToken } from "#platform";
import { judgeMessages } from "./judge-prompt.ts";
import type { Advisor } from "./opinion.ts";
import { createJsonPoster, type Endpoint } from "./post-json.ts";

/** Room for the answer and no more; a model that says anything else is cut off, and that is a failure. */
const ANSWER_TOKENS_MAX = 32;
const MARKER_BYTES = 16;

/** Read as it must be written: a parser would let a key stand twice. */
const VERDICT = /^\s*\{\s*"attack"\s*:\s*(0(?:\.\d{1,20})?|1(?:\.0{1,20})?)\s*\}\s*$/;

/** As strict as the wire allows: servers add fields of their own to the envelope, none to the verdict. */
const Completion = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.literal("stop"),
        message: z.object({
          role: z.literal("assistant"),
          content: z.string().max(1_000),
          refusal: z.null().optional(),
          tool_calls: z.array(z.never()).nullish(),
        }),
      }),
    )
    .length(1),
});

const RESPONSE_FORMAT = {
  type: "json_schema",
  json_schema: {
    name: "verdict",
    strict: true,
    schema: {
      type: "object",
      properties: { attack: { type: "number" } },
      required: ["attack"],
      additionalProperties: false,
    },
  },
} as const;

/** A language model behind an OpenAI-compatible server. */
export const createJudgeAdvisor = (
  endpoint: Endpoint,
  model: string,
  place: Pick<Advisor, "name" | "isLocal">,
): Advisor => {
  const { post, close } = createJsonPoster({
    ...endpoint,
    url: `${endpoint.url.replace(/\/$/, "")}/chat/completions`,
  });
  return {
    ...place,
    ask: async (question, signal) => {
      const posted = await post(
        {
          model,
          messages: judgeMessages(question, randomToken("data-", MARKER_BYTES)),
          temperature: 0,
          max_tokens: ANSWER_TOKENS_MAX,
          stream: false,
          response_format: RESPONSE_FORMAT,
        },
        signal,
      );
      if (!posted.ok) return posted;
      const completion = Completion.safeParse(posted.body);
      const said = completion.success
        ? VERDICT.exec(completion.data.choices[0]?.message.content ?? "")?.[1]
        : undefined;
      return said === undefined
        ? { ok: false, reason: "its answer is not exactly the verdict that was asked for" }
        : { ok: true, confidence: Number(said) };
    },
    close,
  };
};
