import { z } from "zod";

/** The parts of JSON Schema that the product's own schemas use. */
interface Shape {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly items?: Shape | undefined;
  readonly required?: readonly string[] | undefined;
  readonly const?: unknown;
  /** Objects that are told apart by their `kind`. */
  readonly oneOf?: readonly Shape[] | undefined;
}

const Shape: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    format: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    properties: z.record(z.string(), Shape).optional(),
    items: Shape.optional(),
    required: z.array(z.string()).optional(),
    const: z.unknown().optional(),
    oneOf: z.array(Shape).optional(),
  }),
);

/** One key of a configuration: where it stands, what may stand there, what it is when left out. */
export interface SchemaRow {
  /** `routes[].timeouts.connectMs` */
  readonly key: string;
  readonly type: string;
  /** JSON, `needed`, or empty when there is none. */
  readonly fallback: string;
  readonly description: string;
}

/** Every key of an object's JSON Schema in the order written, the keys of objects and lists below it included. */
export const schemaRows = (schema: unknown): SchemaRow[] => rowsOf(Shape.parse(schema), "");

const rowsOf = (object: Shape, prefix: string): SchemaRow[] =>
  Object.entries(object.properties ?? {}).flatMap(([name, shape]) => {
    const key = `${prefix}${name}`;
    const needed = object.required?.includes(name) === true;
    const row = {
      key,
      type: typeOf(shape),
      fallback: needed ? "needed" : fallbackOf(shape),
      description: shape.description ?? "",
    };
    // A section without words of its own is named by its keys.
    if (shape.properties !== undefined) return [...(row.description === "" ? [] : [row]), ...rowsOf(shape, `${key}.`)];
    if (shape.oneOf !== undefined) return [row, ...shape.oneOf.flatMap((one) => variantRows(one, key))];
    return [row, ...rowsOf(shape.items ?? {}, `${key}[].`)];
  });

/** One kind of several: its own words, then the keys that only it has. */
const variantRows = (variant: Shape, key: string): SchemaRow[] => {
  const { kind, ...properties } = variant.properties ?? {};
  const name = `${key} (${String(kind?.const)})`;
  const row = { key: name, type: "object", fallback: "", description: variant.description ?? "" };
  return [row, ...rowsOf({ ...variant, properties }, `${name}.`)];
};

const typeOf = (shape: Shape): string => {
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (shape.oneOf !== undefined) return "object";
  if (shape.type === "array") return shape.items === undefined ? "list" : `list of ${typeOf(shape.items)}`;
  if (shape.format === "uri") return "URL";
  return `${shape.type ?? "any"}${boundsOf(shape)}`;
};

const boundsOf = ({ minimum, maximum, exclusiveMinimum }: Shape): string => {
  const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1;
  // JSON Schema spells "no limit" of whole numbers as the largest that JavaScript can hold.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return ` ${least} to ${most}`;
  return least === undefined ? "" : ` from ${least}`;
};

const LIST_SHOWN = 200;

const fallbackOf = (shape: Shape): string => {
  if (shape.default === undefined || shape.properties !== undefined) return "";
  const json = JSON.stringify(shape.default);
  return json.length > LIST_SHOWN ? "all listed but those the description names" : `\`${json}\``;
};

/** A Markdown table; cells keep their Markdown, only what would end a cell is escaped. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
};

/** Rows as the reference shows them. */
export const schemaTable = (rows: readonly SchemaRow[]): string =>
  markdownTable(
    ["key", "type", "default", "meaning"],
    rows.map(({ key, type, fallback, description }) => [`\`${key}\``, type, fallback, description]),
  );
