/** A piece of a template: text as it stands, or the first of some paths that has a value. */
type Piece = string | { readonly paths: readonly (readonly string[])[] };

/** Text with paths between braces: `user:{actor.email|actor.id}`. */
export interface Template {
  readonly pieces: readonly Piece[];
}

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string };

const TEMPLATE_UNITS_MAX = 500;
const PIECE = /\{([^{}]*)\}|([^{}]+)|([{}])/g;

/** Reads a template; braces must close and hold at least one path. */
export const parseTemplate = (text: string): ParsedTemplate => {
  if (text.length > TEMPLATE_UNITS_MAX)
    return { ok: false, message: `is longer than ${TEMPLATE_UNITS_MAX} characters` };
  const pieces: Piece[] = [];
  for (const [, inner, plain, brace] of text.matchAll(PIECE)) {
    if (brace !== undefined) return { ok: false, message: `has a brace that stands alone; write {path.to.field}` };
    if (plain !== undefined) pieces.push(plain);
    else {
      const paths = (inner ?? "").split("|").map((path) => path.trim());
      if (paths.some((path) => path === "" || path.split(".").includes("")))
        return { ok: false, message: `has an empty path between braces; write {path.to.field}` };
      pieces.push({ paths: paths.map((path) => path.split(".")) });
    }
  }
  return { ok: true, template: { pieces } };
};

/** The template of text that the schema has let through. */
export const templateOf = (text: string): Template => {
  const parsed = parseTemplate(text);
  return parsed.ok ? parsed.template : { pieces: [] };
};

/**
 * The value at a path: own keys, numbers for places in lists; a name that has dots itself is found too, the longest
 * first.
 */
export const valueAt = (value: unknown, path: readonly string[]): unknown => {
  if (path.length === 0) return value === null || value === "" ? undefined : value;
  if (Array.isArray(value)) return valueAt(value[Number(path[0])], path.slice(1));
  if (typeof value !== "object" || value === null) return undefined;
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join(".");
    if (!Object.hasOwn(value, name)) continue;
    const found = valueAt(Reflect.get(value, name), path.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
};

/**
 * What a template gives for a record: the value itself when it is one path and nothing else, otherwise text.
 * Undefined as soon as one of its paths has no value.
 */
export const fill = ({ pieces }: Template, record: unknown): unknown => {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== "string") return firstAt(record, only.paths);
  let text = "";
  for (const piece of pieces) {
    const value = typeof piece === "string" ? piece : firstAt(record, piece.paths);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
    text += String(value);
  }
  return text;
};

const firstAt = (record: unknown, paths: readonly (readonly string[])[]): unknown => {
  for (const path of paths) {
    const value = valueAt(record, path);
    if (value !== undefined) return value;
  }
  return undefined;
};
