import { isUtf8 } from "node:buffer";
import type { StringEdit } from "./json-splice.ts";
import type { JsonFault, JsonScan, JsonSpan, StringLeaf } from "./scanned-json.ts";

/** RFC 2046, without what only stands in quotes and no client writes. */
const BOUNDARY = /^[\w'+.=-]{1,70}$/;
const DECLARED = /^multipart\/form-data; ?boundary=(?:"(?<quoted>[^"]*)"|(?<plain>[^";\s]*))$/i;
const NAME = /^(?<field>[A-Za-z_][\w.-]{0,63})(?<inner>\[\w{0,64}\])?$/;
const DISPOSITION =
  /^form-data; ?name=(?:"(?<quoted>[^"\\]*)"|(?<plain>[\w.-]+))(?:; ?filename=(?<filename>"[^"\\]*"|[\w.-]+))?$/i;
const HEADER = /^(?<name>[A-Za-z-]{1,40}): ?(?<value>[^\r\n]*)$/;
const TEXT_TYPE = /^(?:text\/plain|application\/json)(?:; ?charset="?(?:utf-8|us-ascii)"?)?$/i;
const FILE_TYPE = /^[a-z]{1,20}\/[a-z0-9.+-]{1,80}(?:; ?charset="?(?:utf-8|us-ascii)"?)?$/i;
/** Encodings that leave the bytes as they are. */
const AS_IT_IS = /^(?:7bit|8bit|binary)$/i;
/** Fields that change how other fields are read (HTML), or that some reader takes for its own. */
const FORBIDDEN: ReadonlySet<string> = new Set(["_charset_", "__proto__"]);
// oxlint-disable-next-line no-control-regex -- what a file name may not hold
const ODD_IN_FILENAME = /[\u0000-\u001f\u007f/]|^\.{0,2}$/;

const HEADERS_BYTES_MAX = 2_048;
const FILENAME_UNITS_MAX = 255;
const PARTS_MAX = 256;
const LINE = "\r\n";

class FormError extends Error {
  readonly fault: JsonFault;
  constructor(message: string, offset: number, code: JsonFault["code"] = "bad_json") {
    super(message);
    this.fault = { code, message: `${message} (byte ${offset})`, offset };
  }
}

/** The boundary that a form begins with; undefined where bytes are no form. */
export const formBoundary = (bytes: Buffer): string | undefined => {
  const line = bytes.subarray(0, 74).toString("latin1");
  const end = line.indexOf(LINE);
  const boundary = line.slice(2, end);
  return end !== -1 && line.startsWith("--") && BOUNDARY.test(boundary) ? boundary : undefined;
};

/** The boundary that a content type declares; undefined where it declares no form, or more than one reader would take from it. */
export const declaredBoundary = (contentType: string): string | undefined => {
  const { quoted, plain } = DECLARED.exec(contentType)?.groups ?? {};
  const boundary = quoted ?? plain ?? "";
  return BOUNDARY.test(boundary) ? boundary : undefined;
};

/** The content type of a form that passed {@link scanForm}. */
export const formType = (bytes: Buffer): string => {
  const boundary = formBoundary(bytes) ?? "";
  return `multipart/form-data; boundary=${boundary.includes("=") ? `"${boundary}"` : boundary}`;
};

interface Headers {
  readonly name: string;
  /** Absent where the part is a text; its place is that of the name as it stands in the header, quotes included. */
  readonly file: { readonly name: string; readonly start: number; readonly end: number } | undefined;
  readonly type: string;
}

const readHeaders = (bytes: Buffer, start: number, blockEnd: number, contentBytes: number): Headers => {
  const block = bytes.subarray(start, blockEnd);
  if (!isUtf8(block)) throw new FormError("The headers of a part are not valid UTF-8", start, "invalid_utf8");
  const seen = new Map<string, { readonly value: string; readonly at: number }>();
  let at = start;
  for (const line of block.toString("utf8").split(LINE)) {
    const { name = "", value = "" } = HEADER.exec(line)?.groups ?? {};
    const known = name.toLowerCase();
    if (name === "" || seen.has(known)) throw new FormError("A part has a header that is odd or stands twice", at);
    seen.set(known, { value: value.trimEnd(), at: at + Buffer.byteLength(line) - Buffer.byteLength(value) });
    at += Buffer.byteLength(line) + LINE.length;
  }
  const value = (name: string): string | undefined => seen.get(name)?.value;
  const encoding = value("content-transfer-encoding");
  if (encoding !== undefined && !AS_IT_IS.test(encoding)) throw new FormError("A part is encoded", start);
  if (![undefined, contentBytes.toString()].includes(value("content-length")))
    throw new FormError("A part is not as long as it says", start);
  const disposition = seen.get("content-disposition");
  const { quoted, plain, filename } = DISPOSITION.exec(disposition?.value ?? "")?.groups ?? {};
  if (disposition === undefined || (quoted ?? plain) === undefined)
    throw new FormError('A part must say form-data; name="…", and nothing but a filename besides', start);
  const known = ["content-disposition", "content-type", "content-length", "content-transfer-encoding"];
  if ([...seen.keys()].some((name) => !known.includes(name)))
    throw new FormError("A part has a header that is not known here", start);
  const end = disposition.at + Buffer.byteLength(disposition.value);
  return {
    name: quoted ?? plain ?? "",
    file:
      filename === undefined
        ? undefined
        : { name: filename.replaceAll('"', ""), start: end - Buffer.byteLength(filename), end },
    type: value("content-type") ?? "",
  };
};

interface Field {
  readonly field: string;
  readonly kind: "value" | "list" | "members";
  readonly items: unknown[];
  readonly members: Map<string, readonly [string, unknown]>;
}

/** One level of names: `a`, `a[]` for the items of a list, `a[b]` for a member. */
class FieldTree {
  /** By name in lower case: readers that take names in any case would have one field where others have two. */
  readonly #fields = new Map<string, Field>();

  /** Answers the pointer of a field. */
  add(name: string, value: unknown, at: number): string {
    const { field = "", inner } = NAME.exec(name)?.groups ?? {};
    if (field === "" || FORBIDDEN.has(field.toLowerCase()))
      throw new FormError("A part has a name that no field has", at);
    const kind = inner === undefined ? "value" : inner === "[]" ? "list" : "members";
    const known = this.#fields.get(field.toLowerCase());
    const own: Field = known ?? { field, kind, items: [], members: new Map() };
    const member = (inner ?? "").slice(1, -1);
    const isTaken = kind === "value" ? known !== undefined : own.members.has(member.toLowerCase());
    if (isTaken || own.kind !== kind || own.field !== field) throw new FormError("Two parts have one name", at);
    this.#fields.set(field.toLowerCase(), own);
    if (kind === "members") own.members.set(member.toLowerCase(), [member, value]);
    else own.items.push(value);
    return `/${field}${kind === "value" ? "" : `/${kind === "list" ? own.items.length - 1 : member}`}`;
  }

  value(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      [...this.#fields.values()].map(({ field, kind, items, members }) => [
        field,
        kind === "value" ? items[0] : kind === "list" ? items : Object.fromEntries(members.values()),
      ]),
    );
  }
}

const scan = (bytes: Buffer): JsonScan => {
  const boundary = formBoundary(bytes);
  if (boundary === undefined) throw new FormError("The body does not begin with a boundary", 0);
  const delimiter = Buffer.from(`--${boundary}`);
  const tree = new FieldTree();
  const leaves: StringLeaf[] = [];
  const spans: JsonSpan[] = [];
  let at = 0;
  for (let parts = 0; ; parts += 1) {
    const after = at + delimiter.length;
    const ending = bytes.subarray(after, after + 2).toString("latin1");
    if (ending === "--") {
      const rest = bytes.subarray(after + 2, after + 6).toString("latin1");
      if (rest !== "" && rest !== LINE) throw new FormError("Bytes after the end of the form", after + 2);
      return { ok: true, value: { bytes, value: tree.value(), leaves, keys: [], spans } };
    }
    if (ending !== LINE) throw new FormError("A boundary goes on, or stands inside a part", after);
    if (parts === PARTS_MAX) throw new FormError("Too many parts", after);
    const headersAt = after + LINE.length;
    const next = bytes.indexOf(delimiter, headersAt);
    const block = bytes.subarray(headersAt, Math.min(next === -1 ? bytes.length : next, headersAt + HEADERS_BYTES_MAX));
    const headersBytes = block.indexOf("\r\n\r\n");
    const start = headersAt + headersBytes + 4;
    const end = next - LINE.length;
    if (next === -1 || headersBytes < 0 || end < start || bytes.toString("latin1", end, next) !== LINE)
      throw new FormError("A part is not whole, or a boundary stands inside it", headersAt);
    const { name, file, type } = readHeaders(bytes, headersAt, headersAt + headersBytes, end - start);
    if (file === undefined) {
      if (type !== "" && !TEXT_TYPE.test(type)) throw new FormError("A text has a content type of its own", headersAt);
      const content = bytes.subarray(start, end);
      if (!isUtf8(content)) throw new FormError("A text is not valid UTF-8", start, "invalid_utf8");
      const value = content.toString("utf8");
      leaves.push({ pointer: tree.add(name, value, headersAt), value, start, end, form: "text" });
    } else {
      if (file.name.length > FILENAME_UNITS_MAX || ODD_IN_FILENAME.test(file.name))
        throw new FormError("A file has a name that is a path, or no name", headersAt);
      if (type !== "" && !FILE_TYPE.test(type)) throw new FormError("A file has an odd content type", headersAt);
      const pointer = tree.add(name, { filename: file.name, type: type.toLowerCase() }, headersAt);
      leaves.push({ pointer: `${pointer}/filename`, value: file.name, start: file.start, end: file.end, form: "name" });
      spans.push({ pointer, start, end });
    }
    at = next;
  }
};

/** Whether an edited form still has the parts that it had, as long as they say, and no boundary that an edit made. */
export const isSameForm = (before: Buffer, after: Buffer): boolean =>
  formBoundary(before) === formBoundary(after) && boundariesIn(before) === boundariesIn(after) && scanForm(after).ok;

const boundariesIn = (bytes: Buffer): number => {
  const delimiter = `--${formBoundary(bytes) ?? ""}`;
  let count = 0;
  for (let at = bytes.indexOf(delimiter); at !== -1; at = bytes.indexOf(delimiter, at + 1)) count += 1;
  return count;
};

/**
 * Reads `multipart/form-data` (RFC 7578) as the object that it stands for, with the ambiguous parts refused, so that
 * no reader behind this one finds other fields: no bytes before the first or after the last boundary, the boundary
 * nowhere but between parts, no header twice or unknown, no second spelling of a file's name, no path in it, no name
 * twice, no encodings, UTF-8 only. `a[]` are the items of a list, `a[b]` members. `leaves` are texts and the names of
 * files, `spans` the files' bytes; a file's value is `{ filename, type }`.
 */
export const scanForm = (bytes: Buffer): JsonScan => {
  try {
    return scan(bytes);
  } catch (error) {
    if (error instanceof FormError) return { ok: false, fault: error.fault };
    throw error;
  }
};

/** A text of a form with spans replaced; a file's name is written in quotes, without what would end them. */
export const editFormText = (
  form: NonNullable<StringLeaf["form"]>,
  text: string,
  spans: readonly StringEdit[],
): Buffer => {
  let edited = "";
  let from = 0;
  for (const { start, end, replacement } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start < from) throw new RangeError(`edits overlap at ${start}`);
    edited += text.slice(from, start) + replacement;
    from = end;
  }
  edited += text.slice(from);
  // oxlint-disable-next-line no-control-regex -- what would end the quotes, or the header
  return Buffer.from(form === "text" ? edited : `"${edited.replaceAll(/["\\\u0000-\u001f]/g, "_")}"`);
};
