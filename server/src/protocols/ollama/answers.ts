import { isWithheld, type BlockNotice, type Protocol, type StreamMessage } from "../protocol.ts";

type RefusalNotice = BlockNotice & { readonly model: string };

/** Ollama's error: a sentence. */
export const errorBody: Protocol["error"] = ({ message }) => JSON.stringify({ error: message });

const endOf = (notice: BlockNotice) => ({
  done: true,
  done_reason: isWithheld(notice) ? "stop" : "content_filter",
  prompt_eval_count: 0,
  eval_count: 0,
});

/** A refusal in the field that an endpoint answers in. */
export const refusalIn = (field: "message" | "response") => {
  const bodyOf = (notice: RefusalNotice): string => {
    const { model, message } = notice;
    return JSON.stringify({
      model,
      created_at: "1970-01-01T00:00:00Z",
      ...(field === "message" ? { message: { role: "assistant", content: message } } : { response: message }),
      ...endOf(notice),
    });
  };
  return {
    refusal: bodyOf,
    refusalStream: (notice: RefusalNotice): readonly StreamMessage[] => [{ data: bodyOf(notice) }],
  };
};

/** A text as the last line. */
export const withheldLine = (notice: BlockNotice): readonly StreamMessage[] =>
  refusalIn("message").refusalStream({ model: "", ...notice });

/** After the first line the status is fixed: the error stands in a line of its own, where clients raise it. */
export const errorLine = ({ message }: { readonly message: string }): readonly StreamMessage[] => [
  { data: JSON.stringify({ error: message }) },
];
