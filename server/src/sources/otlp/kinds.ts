import { kindOf } from "../draft.ts";
import { firstText, textOf } from "../read.ts";
import { OPERATION_OF } from "./names.ts";
import type { Attributes } from "./values.ts";

/** Databases whose spans are of vectors. */
const VECTOR_STORES: ReadonlySet<string> = new Set([
  "pinecone",
  "qdrant",
  "weaviate",
  "milvus",
  "chroma",
  "chromadb",
  "lancedb",
  "marqo",
  "vespa",
  "turbopuffer",
]);

const VECTOR_VERBS: readonly (readonly [RegExp, string])[] = [
  [/delete|drop|remove/i, "vector.delete"],
  [/upsert|insert|add|create|update|index|put/i, "vector.upsert"],
  [/search|query|recommend|nearest|get|fetch|retrieve|scroll|peek/i, "vector.search"],
];

const EVALUATION = /^gen_ai\.evaluation\./;
const GUARDED = /^gen_ai\.(?:guardrail|guardian|security)\./;
const GUARD_OPERATIONS: ReadonlySet<string> = new Set(["run_guardrail", "apply_guardrail", "guardrail"]);

/** The operation that the record says, in OpenTelemetry's or another library's words. */
export const operationOf = (attributes: Attributes): string | undefined => {
  const own = textOf(attributes["gen_ai.operation.name"]);
  if (own !== undefined) return own;
  for (const name of ["openinference.span.kind", "llm.request.type", "traceloop.span.kind"]) {
    const operation = OPERATION_OF.get(textOf(attributes[name]) ?? "");
    if (operation !== undefined) return operation;
  }
  return attributes["gen_ai.request.model"] === undefined ? undefined : "chat";
};

/** Kind of a span or of an event by name: the most particular thing that it is. */
export const telemetryKind = (attributes: Attributes, name: string, otherwise: string): string => {
  if (EVALUATION.test(name)) return "evaluation.result";
  if (GUARDED.test(name)) return "guardrail.result";
  const operation = operationOf(attributes);
  if (operation !== undefined && GUARD_OPERATIONS.has(operation)) return "guardrail.result";
  if (operation === "evaluate") return "evaluation.result";
  const method = textOf(attributes["mcp.method.name"]);
  if (method !== undefined) return kindOf(`mcp.${method}`);
  const system = textOf(attributes["db.system.name"]);
  if (system !== undefined) return databaseKind(system, attributes);
  if (operation !== undefined) return kindOf(`gen_ai.${operation}`);
  return name.startsWith("gen_ai.") && otherwise === "log" ? kindOf(name) : otherwise;
};

const databaseKind = (system: string, attributes: Attributes): string => {
  if (!VECTOR_STORES.has(system.toLowerCase())) return "db.query";
  const verb = firstText(attributes["db.operation.name"], attributes["db.query.summary"]) ?? "search";
  return VECTOR_VERBS.find(([pattern]) => pattern.test(verb))?.[1] ?? kindOf(`vector.${verb}`);
};
