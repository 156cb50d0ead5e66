const VECTOR_LITERAL = /\[[-+0-9.,eE\s]{64,}\]/g;
const DISTANCE =
  /<->|<=>|<#>|<\+>|<~>|<%>|\b(?:cosine_distance|l2_distance|l1_distance|inner_product|hamming_distance|jaccard_distance)\s*\(/i;
const VECTOR_VALUE = /::\s*(?:vector|halfvec|sparsevec)\b|\[[-+0-9.]+,[-+0-9.eE,\s]*\]/i;
const LIMIT = /\blimit\s+(\d{1,9})\b/i;
const TABLE = /\b(?:from|into|update|table)\s+(?:only\s+)?("?[\w$]+"?(?:\."?[\w$]+"?)?)/i;
const STATEMENT_UNITS_MAX = 8_192;

/** What a statement of SQL does to vectors, and how much of them. */
export interface StatementFacts {
  readonly kind: "db.query" | "vector.search" | "vector.upsert";
  /** The statement with its vectors shortened. */
  readonly text: string;
  readonly limit?: number | undefined;
  readonly table?: string | undefined;
}

/**
 * Reads a statement without parsing SQL: pgvector's operators and distance functions make it a search, a vector's
 * value in INSERT, COPY or UPDATE makes it an upsert.
 */
export const statementFacts = (statement: string): StatementFacts => {
  const text = statement.slice(0, 65_536).replaceAll(VECTOR_LITERAL, "[…]").slice(0, STATEMENT_UNITS_MAX);
  const verb = /^\s*(?:\/\*[^*]{0,200}\*\/\s*)?(\w+)/.exec(text)?.[1]?.toLowerCase() ?? "";
  const limit = LIMIT.exec(text)?.[1];
  const writes = verb === "insert" || verb === "update" || verb === "copy" || verb === "merge";
  const hasVector = text.includes("[…]") || VECTOR_VALUE.test(text);
  return {
    kind: DISTANCE.test(text) ? "vector.search" : writes && hasVector ? "vector.upsert" : "db.query",
    text,
    limit: limit === undefined ? undefined : Number(limit),
    table: TABLE.exec(text)?.[1]?.replaceAll('"', ""),
  };
};
