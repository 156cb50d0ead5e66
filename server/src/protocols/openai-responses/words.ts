import { isModelName } from "../json/plain-names.ts";

/**
 * Strings that can carry no text: those whose value is one of the format's own words for that field.
 * Source: the types of the `openai` package, 7.55.
 */
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "type",
    words(
      "message input_text input_image input_file input_audio output_text refusal summary_text reasoning_text text function_call function_call_output custom_tool_call custom_tool_call_output reasoning item_reference compaction mcp_call mcp_list_tools mcp_approval_request mcp_approval_response web_search_call file_search_call code_interpreter_call computer_call computer_call_output computer_screenshot shell_call shell_call_output local_shell_call local_shell_call_output apply_patch_call apply_patch_call_output image_generation_call tool_search_call tool_search_output program program_output function custom mcp web_search web_search_preview file_search code_interpreter computer computer_use_preview shell local_shell apply_patch image_generation namespace tool_search grammar json_schema json_object auto approximate allowed_tools url_citation file_citation container_file_citation file_path search open_page find_in_page exec logs object string number integer boolean array null",
    ),
  ],
  ["role", words("user assistant system developer")],
  ["status", words("in_progress completed incomplete searching interpreting failed queued generating")],
  ["phase", words("commentary final_answer")],
  ["detail", words("auto low high original")],
  ["truncation", words("auto disabled")],
  ["tool_choice", words("none auto required")],
  ["mode", words("auto required")],
  ["effort", words("none minimal low medium high xhigh max")],
  ["summary", words("auto concise detailed")],
  ["verbosity", words("low medium high")],
  ["service_tier", words("auto default flex scale priority fast")],
  ["prompt_cache_retention", words("in_memory 24h")],
  ["syntax", words("lark regex")],
  ["search_context_size", words("low medium high")],
  ["require_approval", words("always never")],
  ["encoding_format", words("float base64")],
]);

const NAME = /^[\w.:/@-]{1,200}$/;

export const isRequestWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  if (steps.length === 1 && field === "model") return isModelName(value);
  return BY_FIELD.get(field)?.has(value) ?? false;
};

/** Fields of an answer that hold names and ids, at any depth. */
const NAME_FIELDS = words(
  "id object type role model status phase call_id item_id previous_response_id approval_request_id service_tier truncation effort code obfuscation tool_choice verbosity prompt_cache_retention prompt_cache_key reason system_fingerprint owned_by finish_reason encoding_format first_id last_id",
);

/** Whether an answer's string is a name in a field for names. */
export const isAnswerWord = (steps: readonly string[], value: string): boolean =>
  NAME_FIELDS.has(steps.at(-1) ?? "") && NAME.test(value);
