import type { Provenance } from "@parapet/model";
import { addDocuments, addMessages, addToolDefinitions, provenanceOf } from "../messages.ts";
import { fieldsOf, listOf, openedOf, textOf } from "../read.ts";
import type { Texts } from "../texts.ts";

/** How the words of an attribute are read. `input` and `output` depend on what the span does. */
type Reading =
  | { readonly as: "messages" | "text"; readonly provenance: Provenance }
  | { readonly as: "definitions" | "documents" | "calls" | "input" | "output" };

const messages = (provenance: Provenance): Reading => ({ as: "messages", provenance });
const text = (provenance: Provenance): Reading => ({ as: "text", provenance });
const INPUT: Reading = { as: "input" };
const OUTPUT: Reading = { as: "output" };

/** Attributes that carry what was said; they go into texts and never into an event's body. */
const READINGS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ["gen_ai.input.messages", messages("user")],
  ["gen_ai.output.messages", messages("model")],
  ["gen_ai.system_instructions", messages("system")],
  ["gen_ai.tool.definitions", { as: "definitions" }],
  ["gen_ai.tool.call.arguments", text("tool-arguments")],
  ["gen_ai.tool.call.result", text("tool-result")],
  ["gen_ai.tool.description", text("tool-description")],
  ["gen_ai.retrieval.query.text", text("user")],
  ["gen_ai.retrieval.documents", { as: "documents" }],
  ["gen_ai.memory.query.text", text("user")],
  ["gen_ai.memory.records", { as: "documents" }],
  ["gen_ai.evaluation.explanation", text("model")],
  // Before 1.37, and events of those days.
  ["gen_ai.prompt", messages("user")],
  ["gen_ai.completion", messages("model")],
  ["gen_ai.content.prompt", messages("user")],
  ["gen_ai.content.completion", messages("model")],
  ["gen_ai.event.content", messages("user")],
  // OpenInference.
  ["input.value", INPUT],
  ["output.value", OUTPUT],
  ["tool.parameters", text("tool-arguments")],
  ["tool.description", text("tool-description")],
  ["tool.json_schema", { as: "definitions" }],
  ["reranker.query", text("user")],
  ["llm.prompt_template.template", text("system")],
  ["llm.prompt_template.variables", text("user")],
  // OpenLLMetry.
  ["traceloop.entity.input", INPUT],
  ["traceloop.entity.output", OUTPUT],
  ["mcp.request.argument", text("tool-arguments")],
  ["mcp.response.value", text("tool-result")],
  // Langfuse, and the AI SDK of Vercel.
  ["langfuse.observation.input", INPUT],
  ["langfuse.observation.output", OUTPUT],
  ["langfuse.trace.input", INPUT],
  ["langfuse.trace.output", OUTPUT],
  ["ai.prompt", messages("user")],
  ["ai.prompt.messages", messages("user")],
  ["ai.prompt.tools", { as: "definitions" }],
  ["ai.response.text", messages("model")],
  ["ai.response.toolCalls", { as: "calls" }],
  ["ai.toolCall.args", text("tool-arguments")],
  ["ai.toolCall.result", text("tool-result")],
]);

const SPOKEN =
  /^(?:gen_ai\.(prompt|completion)|llm\.(prompts|completions|input_messages|output_messages))\.(\d{1,4})\.(.+)$/;
const CALL = /^(?:message\.)?tool_calls\.(\d{1,3})\.(?:tool_call\.)?(?:function\.)?(name|arguments)$/;
const WORDS = /^(?:message\.)?(?:content|contents\.\d{1,3}\.message_content\.text|prompt\.text|completion\.text)$/;
const LISTED =
  /^(?:llm\.tools\.\d+\.tool\.json_schema|llm\.request\.functions\.\d+\.description|(?:retrieval\.documents|reranker\.(?:input|output)_documents)\.\d+\.document\.content|embedding\.embeddings\.\d+\.embedding\.(?:text|vector))$/;

const DOCUMENT_ID = /^retrieval\.documents\.\d+\.document\.id$/;
const DOCUMENTS_MAX = 64;

interface Spoken {
  role: unknown;
  readonly words: unknown[];
  readonly calls: Map<string, { name?: unknown; arguments?: unknown }>;
}

/** What an operation's input and output are. */
const ENDS: Readonly<Record<string, readonly [Provenance, Provenance]>> = {
  execute_tool: ["tool-arguments", "tool-result"],
  retrieval: ["user", "document"],
  rerank: ["user", "document"],
};

/** Gathers the words of one record's attributes; the indexed ones are put together at the end. */
export class Content {
  readonly #texts: Texts;
  readonly #spoken = new Map<string, Spoken>();
  readonly #ends: [Reading, unknown][] = [];
  #hasMessages = false;
  /** Ids of the documents that were retrieved. */
  readonly documents: string[] = [];

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** Whether the attribute is what was said: then it has been taken, and is no field. */
  take(name: string, value: unknown): boolean {
    const reading = READINGS.get(name);
    if (reading !== undefined) {
      this.#read(reading, value);
      return true;
    }
    return /\.\d/.test(name) && (this.#takeSpoken(name, value) || this.#takeListed(name, value));
  }

  /** Adds what was gathered; `operation` says what `input` and `output` are. */
  finish(operation: string | undefined): void {
    const ordered = [...this.#spoken].toSorted(([left], [right]) => (left < right ? -1 : 1));
    for (const [place, { role, words, calls }] of ordered) {
      const provenance = provenanceOf(role, place.startsWith("a") ? "user" : "model");
      for (const word of words) addMessages(this.#texts, word, provenance);
      for (const call of calls.values()) {
        this.#texts.addTool(call.name);
        this.#texts.add("tool-arguments", call.arguments);
      }
    }
    // Beside messages `input.value` says the same once more.
    if (this.#hasMessages || ordered.length > 0) return;
    const [input, output] = ENDS[operation ?? ""] ?? ["user", "model"];
    for (const [reading, value] of this.#ends) {
      const provenance = reading.as === "input" ? input : output;
      if (provenance === "tool-arguments" || provenance === "tool-result") this.#texts.add(provenance, value);
      else if (provenance === "document") addDocuments(this.#texts, asList(openedOf(value)));
      else addMessages(this.#texts, value, provenance);
    }
  }

  #read(reading: Reading, value: unknown): void {
    switch (reading.as) {
      case "messages":
        this.#hasMessages = true;
        addMessages(this.#texts, value, reading.provenance);
        return;
      case "text":
        this.#texts.add(reading.provenance, value);
        return;
      case "definitions":
        addToolDefinitions(this.#texts, asList(openedOf(value)));
        return;
      case "documents":
        addDocuments(this.#texts, value);
        this.#addIds(value);
        return;
      case "calls":
        addMessages(this.#texts, [{ role: "assistant", content: null, tool_calls: openedOf(value) }], "model");
        return;
      case "input":
      case "output":
        this.#ends.push([reading, value]);
        return;
    }
  }

  #addIds(documents: unknown): void {
    for (const document of listOf(openedOf(documents))) this.#addId(fieldsOf(document)["id"]);
  }

  #addId(id: unknown): void {
    const text = textOf(id);
    if (text !== undefined && this.documents.length < DOCUMENTS_MAX) this.documents.push(text);
  }

  #takeSpoken(name: string, value: unknown): boolean {
    const found = SPOKEN.exec(name);
    if (found === null) return false;
    const [, generic, vendor, index = "0", rest = ""] = found;
    const side = /^(?:prompt|prompts|input_messages)$/.test(generic ?? vendor ?? "") ? "a" : "b";
    const place = `${side}${index.padStart(4, "0")}`;
    const spoken: Spoken = this.#spoken.get(place) ?? { role: undefined, words: [], calls: new Map() };
    this.#spoken.set(place, spoken);
    if (/^(?:message\.)?role$/.test(rest)) spoken.role = value;
    else if (WORDS.test(rest)) spoken.words.push(value);
    else {
      const call = CALL.exec(rest);
      if (call === null) return false;
      const [, number = "0", part] = call;
      spoken.calls.set(number, { ...spoken.calls.get(number), [part === "name" ? "name" : "arguments"]: value });
    }
    return true;
  }

  #takeListed(name: string, value: unknown): boolean {
    if (DOCUMENT_ID.test(name)) this.#addId(value);
    if (!LISTED.test(name)) return false;
    if (name.startsWith("llm.tools")) addToolDefinitions(this.#texts, [value]);
    else if (name.startsWith("llm.request")) this.#texts.add("tool-description", value);
    else if (!name.endsWith("vector")) this.#texts.add("document", value);
    return true;
  }
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Events of conventions before 1.37, one for each message, and the event that carries all of an inference. */
const MESSAGE_EVENTS: ReadonlyMap<string, Provenance> = new Map<string, Provenance>([
  ["gen_ai.system.message", "system"],
  ["gen_ai.user.message", "user"],
  ["gen_ai.assistant.message", "model"],
  ["gen_ai.tool.message", "tool-result"],
  ["gen_ai.choice", "model"],
  ["gen_ai.content.prompt", "user"],
  ["gen_ai.content.completion", "model"],
]);

/** Whether an event of this name is a message; then its body is what was said. */
export const speakerOf = (event: string): Provenance | undefined => MESSAGE_EVENTS.get(event);
