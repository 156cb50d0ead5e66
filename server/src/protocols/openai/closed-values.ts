/**
 * Strings that can carry no text: those whose value is one of the protocol's own words for that field.
 * A word that is not in the list is text like any other and becomes a segment.
 * Source: the types of the `openai` package, 7.55.
 */
const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const CALL_TYPES = words("function custom");
const PART_TYPES = words("text image_url input_audio file refusal");
const MODES = words("implicit explicit");
const TTL = words("30m 12h");
const MODERATION = words("score block");

/** By pointer, array positions as `*`. */
const BY_PATTERN: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["messages/*/role", words("system developer user assistant tool function")],
  ["messages/*/content/*/type", PART_TYPES],
  ["messages/*/content/*/image_url/detail", words("auto low high original")],
  ["messages/*/content/*/input_audio/format", words("wav mp3")],
  ["messages/*/content/*/prompt_cache_breakpoint/mode", MODES],
  ["messages/*/content/*/prompt_cache_breakpoint/ttl", TTL],
  ["messages/*/tool_calls/*/type", CALL_TYPES],
  ["prediction/type", words("content")],
  ["prediction/content/*/type", PART_TYPES],
  ["tools/*/type", CALL_TYPES],
  ["tools/*/custom/format/type", words("text grammar")],
  ["tools/*/custom/format/grammar/syntax", words("lark regex")],
  ["tool_choice", words("none auto required")],
  ["tool_choice/type", words("function custom allowed_tools")],
  ["tool_choice/allowed_tools/mode", words("auto required")],
  ["tool_choice/allowed_tools/tools/*/type", CALL_TYPES],
  ["function_call", words("none auto")],
  ["response_format/type", words("text json_schema json_object")],
  ["modalities/*", words("text audio")],
  ["audio/format", words("wav aac mp3 flac opus pcm16")],
  ["audio/voice", words("alloy ash ballad coral echo sage shimmer verse marin cedar")],
  ["reasoning_effort", words("none minimal low medium high xhigh max")],
  ["service_tier", words("auto default flex scale priority fast")],
  ["verbosity", words("low medium high")],
  ["prompt_cache_retention", words("in_memory 24h")],
  ["prompt_cache_options/mode", MODES],
  ["prompt_cache_options/ttl", TTL],
  ["moderation/policy/input/mode", MODERATION],
  ["moderation/policy/output/mode", MODERATION],
  ["web_search_options/search_context_size", words("low medium high")],
  ["web_search_options/user_location/type", words("approximate")],
]);

const SCHEMA_TYPES = words("object string number integer boolean array null");
const SCHEMA_ROOTS =
  /^(?:tools\/\*\/function\/parameters|functions\/\*\/parameters|response_format\/json_schema\/schema)(?:\/.{1,2000})?\/type(?:\/\*)?$/;

/** Whether a request's string is one of the protocol's own words. */
export const isClosedRequestValue = (pattern: string, value: string): boolean =>
  BY_PATTERN.get(pattern)?.has(value) ?? (SCHEMA_TYPES.has(value) && SCHEMA_ROOTS.test(pattern));

const RESPONSE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["object", words("chat.completion chat.completion.chunk list model")],
  ["data/*/object", words("model")],
  ["service_tier", words("auto default flex scale priority fast")],
  ["choices/*/finish_reason", words("stop length tool_calls content_filter function_call")],
  ["choices/*/message/role", words("assistant")],
  ["choices/*/message/tool_calls/*/type", CALL_TYPES],
  ["choices/*/message/annotations/*/type", words("url_citation")],
  ["choices/*/delta/role", words("assistant developer system user tool")],
  ["choices/*/delta/tool_calls/*/type", CALL_TYPES],
]);

/** Fields of a response that hold names and ids, at any depth. */
const NAME_FIELDS = words(
  "id object model owned_by system_fingerprint obfuscation tool_call_id type code status finish_reason native_finish_reason service_tier provider severity",
);
/** What a name or id may look like; anything else in such a field is text. */
const NAME = /^[\w.:/@-]{1,200}$/;

/** Whether a response's string is one of the protocol's words, or a name in a field for names. */
export const isClosedResponseValue = (pattern: string, field: string, value: string): boolean =>
  RESPONSE.get(pattern)?.has(value) ?? (NAME_FIELDS.has(field) && NAME.test(value));
