import type { Diagnostic } from "@parapet/model";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { nearest } from "./nearest.ts";

export type Loaded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

type Path = readonly PropertyKey[];
type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of what a person writes (before defaults), for editors and for suggestions. */
export const toJsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });

const isSchema = (value: unknown): value is JsonSchema =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const fields = (value: unknown): JsonSchema => (isSchema(value) ? value : {});

/** The schemas that may stand at `path`, alternatives unfolded. */
const schemasAt = (root: JsonSchema, path: Path): readonly JsonSchema[] => {
  const unfold = (schema: unknown): readonly JsonSchema[] => {
    if (!isSchema(schema)) return [];
    const reference = schema["$ref"];
    const named = typeof reference === "string" ? fields(root["$defs"])[reference.replace("#/$defs/", "")] : undefined;
    const others = [schema["anyOf"], schema["oneOf"], schema["allOf"]].flatMap((list) =>
      Array.isArray(list) ? list : [],
    );
    return [schema, ...(named === undefined ? [] : unfold(named)), ...others.flatMap(unfold)];
  };
  return path.reduce<readonly JsonSchema[]>(
    (schemas, step) =>
      schemas.flatMap((schema) =>
        unfold(
          typeof step === "number"
            ? schema["items"]
            : (fields(schema["properties"])[String(step)] ?? schema["additionalProperties"]),
        ),
      ),
    unfold(root),
  );
};

const knownKeys = (root: JsonSchema, path: Path): string[] =>
  schemasAt(root, path).flatMap((schema) => Object.keys(fields(schema["properties"])));

/** Byte range of the node at `path`, of the key `key` in it, or of the closest parent that exists. */
const offsetOf = (document: Document, path: Path, key?: string): number => {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node)) continue;
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find(({ key: name }) => isScalar(name) && String(name.value) === key);
      if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
    }
    return node.range?.[0] ?? 0;
  }
  return 0;
};

const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${step}]` : text === "" ? String(step) : `${text}.${String(step)}`,
    "",
  );

const issueDiagnostics = (
  issue: z.core.$ZodIssue,
  root: JsonSchema,
): { path: Path; key?: string; message: string; fix?: string }[] => {
  const place = dotted(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(root, issue.path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return {
        path: issue.path,
        key,
        message: `unknown key "${key}"${place === "" ? "" : ` in ${place}`}`,
        fix:
          meant === undefined ? `remove it; known keys are ${known.toSorted().join(", ")}` : `did you mean "${meant}"?`,
      };
    });
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map((value) => String(value));
    const meant = nearest(typeof issue.input === "string" ? issue.input : "", values);
    return [
      {
        path: issue.path,
        message: `${place}: must be one of ${values.join(", ")}`,
        ...(meant === undefined ? {} : { fix: `did you mean "${meant}"?` }),
      },
    ];
  }
  if (issue.code === "invalid_union") {
    const closest = issue.errors.toSorted((left, right) => left.length - right.length)[0] ?? [];
    const inner = closest.flatMap((nested) =>
      issueDiagnostics({ ...nested, path: [...issue.path, ...nested.path] }, root),
    );
    if (inner.length > 0) return inner;
  }
  return [{ path: issue.path, message: place === "" ? issue.message : `${place}: ${issue.message}` }];
};

/**
 * Reads a YAML file that a person wrote. Every problem has its line and column and, where one can be guessed,
 * the fix. References to the environment are left as they stand (`resolveSecret`).
 */
export const loadYaml = <T>(text: string, file: string, schema: z.ZodType<T>): Loaded<T> => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return {
      ok: false,
      diagnostics: problems.map(({ message, pos, code }) => ({
        level: "error",
        file,
        ...at(pos[0]),
        message,
        ...(code === "DUPLICATE_KEY"
          ? { fix: "keep one of the two" }
          : code === "TAB_AS_INDENT"
            ? { fix: "indent with spaces" }
            : {}),
      })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return {
      ok: false,
      diagnostics: [
        { level: "error", file, line: 1, column: 1, message: error instanceof Error ? error.message : String(error) },
      ],
    };
  }
  const parsed = schema.safeParse(value ?? {}, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  const root = toJsonSchema(schema);
  return {
    ok: false,
    diagnostics: parsed.error.issues.flatMap((issue) =>
      issueDiagnostics(issue, root).map(({ path, key, message, fix }): Diagnostic => ({
        level: "error",
        file,
        ...at(offsetOf(document, path, key)),
        message,
        ...(fix === undefined ? {} : { fix }),
      })),
    ),
  };
};
