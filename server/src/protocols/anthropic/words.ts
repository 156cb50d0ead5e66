import { isModelName } from "../json/plain-names.ts";

/**
 * Strings that can carry no text: those whose value is one of the format's own words for that field. A word
 * that is not in the list is text like any other and becomes a segment.
 * Source: the types of the `@anthropic-ai/sdk` package, 1.12.
 */
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const BY_FIELD: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "type",
    words(
      "text image document search_result thinking redacted_thinking tool_use tool_result server_tool_use mcp_tool_use mcp_tool_result web_search_tool_result web_search_result web_fetch_tool_result web_fetch_result code_execution_tool_result code_execution_result code_execution_output bash_code_execution_tool_result bash_code_execution_result bash_code_execution_output text_editor_code_execution_tool_result tool_search_tool_result tool_search_tool_search_result tool_reference container_upload browser_state base64 url file content ephemeral custom enabled disabled adaptive auto any tool none json_schema approximate direct char_location page_location content_block_location search_result_location web_search_result_location object string number integer boolean array null",
    ),
  ],
  ["role", words("user assistant system")],
  ["media_type", words("image/jpeg image/png image/gif image/webp application/pdf text/plain")],
  ["ttl", words("5m 1h")],
  ["service_tier", words("auto standard_only")],
  ["speed", words("standard fast")],
  ["effort", words("low medium high xhigh max")],
]);

const NAME = /^[\w.:/@-]{1,200}$/;

/** Whether a request's string is one of the format's own words. `steps`: of its pointer below the request. */
export const isRequestWord = (steps: readonly string[], value: string): boolean => {
  const field = steps.at(-1) ?? "";
  if (steps.length === 1 && field === "model") return isModelName(value);
  return BY_FIELD.get(field)?.has(value) ?? false;
};

/** Fields of an answer that hold names, ids and times, at any depth. */
const NAME_FIELDS = words(
  "id type role model stop_reason tool_use_id service_tier speed media_type error_code request_id custom_id processing_status created_at ended_at expires_at archived_at cancel_initiated_at inference_geo first_id last_id display_name file_id toolset_name category",
);

/** Whether an answer's string is a name in a field for names. */
export const isAnswerWord = (steps: readonly string[], value: string): boolean =>
  NAME_FIELDS.has(steps.at(-1) ?? "") && NAME.test(value);
