import { isModelName } from "../json/plain-names.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/**
 * Strings of requests that can carry no text: the format's own words for that field, at any depth. Source: the types
 * of the `openai` package, 7.55.
 */
const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["background", words("transparent opaque auto")],
  ["complexity", words("low medium high")],
  ["input_fidelity", words("low high")],
  ["moderation", words("low auto")],
  ["output_format", words("png jpeg webp gif svg")],
  ["quality", words("low medium high xhigh max auto standard hd")],
  ["style", words("vivid natural")],
  ["effort", words("none minimal low medium high xhigh max")],
  ["response_format", words("url b64_json json text srt verbose_json vtt diarized_json mp3 opus aac flac wav pcm")],
  ["stream_format", words("sse audio")],
  ["stream", words("true false")],
  ["type", words("server_vad")],
  ["chunking_strategy", words("auto")],
  ["anchor", words("created_at")],
  ["purpose", words("assistants batch fine-tune vision user_data evals")],
  ["completion_window", words("24h")],
  ["task", words("transcribe translate")],
]);
/** Lists of words. */
const BY_LIST: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["include", words("logprobs")],
  ["timestamp_granularities", words("word segment")],
]);
const VOICES = words("alloy ash ballad coral echo sage shimmer verse marin cedar fable onyx nova");
/** A form has no numbers: they stand there as text. */
const NUMBER = /^-?[0-9]{1,12}(?:\.[0-9]{1,12})?$/;
const NUMBER_FIELDS = words(
  "n partial_images output_compression temperature frame_count frame_duration_ms seconds prefix_padding_ms silence_duration_ms threshold speed",
);
const SIZE = /^(?:auto|[0-9]{2,5}x[0-9]{2,5})$/;
const ENDPOINT = /^\/v1\/[a-z/_]{1,60}$/;
const LANGUAGE = /^[a-z]{2,3}(?:-[A-Z]{2})?$/;

export const isMediaWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  if (field === "model") return isModelName(value);
  if (field === "size") return SIZE.test(value);
  if (field === "endpoint") return ENDPOINT.test(value);
  if (field === "language") return LANGUAGE.test(value);
  if (field === "voice") return VOICES.has(value);
  if (NUMBER_FIELDS.has(field)) return NUMBER.test(value);
  return (BY_FIELD.get(field) ?? BY_LIST.get(steps.at(-2) ?? ""))?.has(value) ?? false;
};

const NAME = /^[\w.:/@-]{1,200}$/;
const NAME_FIELDS = words(
  "id object type model status code finish_reason language segment_id input_file_id output_file_id error_file_id service_tier first_id last_id",
);

/** Whether an answer's string is a name in a field for names, or a word of the format. */
export const isMediaName = (steps: readonly string[], value: string): boolean =>
  (NAME_FIELDS.has(steps.at(-1) ?? "") && NAME.test(value)) || isMediaWord(steps, value);
