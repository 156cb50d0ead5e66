import { isWithheld, type BlockNotice, type StreamMessage } from "../protocol.ts";

type RefusalNotice = BlockNotice & { readonly model: string };

const completionOf = ({ exchange, model }: RefusalNotice, text: string, finishReason: string | null) => ({
  id: `cmpl-${exchange}`,
  object: "text_completion",
  created: 0,
  model,
  choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }],
});

const endOf = (notice: RefusalNotice): string => (isWithheld(notice) ? "stop" : "content_filter");

/** A completion that refuses, as the provider's own filter would. */
export const refusal = (notice: RefusalNotice): string =>
  JSON.stringify({
    ...completionOf(notice, notice.message, endOf(notice)),
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  });

export const refusalStream = (notice: RefusalNotice): readonly StreamMessage[] => [
  { data: JSON.stringify(completionOf(notice, notice.message, null)) },
  { data: JSON.stringify(completionOf(notice, "", endOf(notice))) },
  { data: "[DONE]" },
];
