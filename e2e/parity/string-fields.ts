import { fileURLToPath } from "node:url";
import {
  API,
  SymbolFlags,
  TypeFlags,
  type Checker,
  type Symbol as TypeSymbol,
  type Type,
} from "typescript/unstable/sync";
import type { SdkTypes } from "./sdk-types.ts";

/** A place for a string in a type, and how to fill it. */
export interface StringField {
  /** `messages/[]/content/[]{document}/source{text}/data`: brackets are positions, braces the member of a union. */
  readonly path: string;
  /** A value of the type with everything it needs, and `text` in this place. */
  readonly fill: (text: string) => unknown;
}

type Named = keyof SdkTypes;

/** Deeper places repeat shapes that were seen above. */
const DEPTH_MAX = 9;
const DISCRIMINATORS = ["type", "role"];

/** Reads string fields from declarations. Close it: the compiler runs beside. */
export const openSdkTypes = () => {
  const api = new API({ cwd: fileURLToPath(new URL("../..", import.meta.url)) });
  const file = fileURLToPath(new URL("sdk-types.ts", import.meta.url));
  const project = api.updateSnapshot({ openFiles: [file] }).getDefaultProjectForFile(file);
  const source = project?.program.getSourceFile(file);
  if (project === undefined || source === undefined) throw new Error("the SDKs' declarations cannot be read");
  const { checker } = project;
  const reader = createReader(checker);
  const table = checker.resolveName("SdkTypes", SymbolFlags.Interface, { document: file, position: source.end - 1 });
  const members = table === undefined ? [] : checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(table));

  return {
    fieldsOf: (name: Named): readonly StringField[] => {
      const member = members.find((one) => one.name === name);
      const type = member === undefined ? undefined : checker.getTypeOfSymbol(member);
      if (type === undefined) throw new Error(`no type ${name}`);
      return reader.fieldsOf(type);
    },
    close: () => api.close(),
  };
};

const createReader = (checker: Checker) => {
  const properties = new Map<number, readonly (readonly [TypeSymbol, Type])[]>();

  const propertiesOf = (type: Type): readonly (readonly [TypeSymbol, Type])[] => {
    const known = properties.get(type.id);
    if (known !== undefined) return known;
    // Bytes of a program's own are no strings on the wire.
    const isBytes = type.getSymbol()?.name === "Uint8Array";
    const symbols = isBytes ? [] : checker.getPropertiesOfType(type).filter(({ name }) => !name.startsWith("__@"));
    const types = checker.getTypeOfSymbol(symbols);
    const made = symbols.flatMap((symbol, at): readonly (readonly [TypeSymbol, Type])[] => {
      const own = types[at];
      return own === undefined ? [] : [[symbol, own]];
    });
    properties.set(type.id, made);
    return made;
  };

  const membersOf = (type: Type): readonly Type[] =>
    type.isUnionType() ? type.getTypes().filter(({ flags }) => (flags & TypeFlags.Nullable) === 0) : [type];

  const isString = (type: Type): boolean =>
    (type.flags & (TypeFlags.String | TypeFlags.StringLiteral | TypeFlags.TemplateLiteral)) !== 0 ||
    (type.isIntersectionType() && type.getTypes().some(isString));

  const isOptional = (type: Type): boolean =>
    type.isUnionType() && type.getTypes().some(({ flags }) => (flags & TypeFlags.Undefined) !== 0);

  /** The least value of a type. */
  const least = (type: Type, depth = 0): unknown => {
    if (type.isUnionType() && type.getTypes().some(({ flags }) => (flags & TypeFlags.Null) !== 0)) return null;
    const [first = type] = membersOf(type);
    if (first.isLiteralType()) return first.value;
    if (isString(first)) return "x";
    if ((first.flags & TypeFlags.Number) !== 0) return 1;
    if ((first.flags & (TypeFlags.Boolean | TypeFlags.BooleanLiteral)) !== 0) return false;
    if (checker.isArrayType(first)) {
      const [item] = depth < 2 && first.isTypeReference() ? checker.getTypeArguments(first) : [];
      return item === undefined ? [] : [least(item, depth + 1)];
    }
    if (depth > DEPTH_MAX) return {};
    return needed(first, depth);
  };

  /** What an object of the type cannot be without. */
  const needed = (type: Type, depth = 0): Record<string, unknown> =>
    Object.fromEntries(
      propertiesOf(type)
        .filter(([, own]) => !isOptional(own))
        .map(([{ name }, own]) => [
          name,
          name === "role" && isString(own) && !own.isLiteralType() ? "user" : least(own, depth + 1),
        ]),
    );

  /** `{document}`: which member of a union an object is. */
  const labelOf = (type: Type): string => {
    for (const name of DISCRIMINATORS) {
      const own = propertiesOf(type).find(([symbol]) => symbol.name === name)?.[1];
      const [literal, ...others] = own === undefined ? [] : membersOf(own);
      if (literal !== undefined && others.length === 0 && literal.isStringLiteralType()) return `{${literal.value}}`;
    }
    return "";
  };

  const walk = (
    type: Type,
    path: string,
    fill: (inner: unknown) => unknown,
    above: readonly number[],
  ): StringField[] => {
    const members = membersOf(type);
    const strings = members.some(isString) ? [{ path, fill: (text: string) => fill(text) }] : [];
    if (above.length > DEPTH_MAX) return strings;
    const structured = members.filter((member) => !isString(member) && !above.includes(member.id));
    return [
      ...strings,
      ...structured.flatMap((member) => {
        const label = structured.length > 1 ? labelOf(member) : "";
        return inside(member, path + label, fill, [...above, member.id]);
      }),
    ];
  };

  const inside = (
    type: Type,
    path: string,
    fill: (inner: unknown) => unknown,
    above: readonly number[],
  ): StringField[] => {
    if ((type.flags & TypeFlags.AnyOrUnknown) !== 0)
      return [{ path: `${path}/…`, fill: (text) => fill({ note: text }) }];
    if (checker.isArrayType(type) && type.isTypeReference()) {
      const [item] = checker.getTypeArguments(type);
      return item === undefined ? [] : walk(item, `${path}/[]`, (inner) => fill([inner]), above);
    }
    if ((type.flags & (TypeFlags.Object | TypeFlags.Intersection)) === 0) return [];
    if (propertiesOf(type).length === 0 && type.getSymbol()?.name === "Uint8Array") return [];
    const base = needed(type);
    const within = (name: string) => (inner: unknown) => fill({ ...base, [name]: inner });
    return [
      ...propertiesOf(type).flatMap(([{ name }, own]) =>
        walk(own, path === "" ? name : `${path}/${name}`, within(name), above),
      ),
      ...checker
        .getIndexInfosOfType(type)
        .flatMap(({ valueType }): StringField[] => [
          { path: `${path}/(key)`, fill: (text) => fill({ ...base, [text]: "x" }) },
          ...walk(valueType, `${path}/…`, within("note"), above),
        ]),
    ];
  };

  return {
    /** Every place for a string in a type, once for each place and member of a union. */
    fieldsOf: (type: Type): readonly StringField[] => {
      const all = walk(type, "", (inner) => inner, []);
      return [...new Map(all.map((field) => [field.path, field])).values()];
    },
  };
};
