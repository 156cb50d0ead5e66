import { numberOf } from "../read.ts";

const TEXT_UNITS_MAX = 262_144;
const ITEMS_MAX = 1_024;
const DEPTH_MAX = 12;
const TWO_32 = 4_294_967_296;

export type Attributes = Record<string, unknown>;

/**
 * Values come from protobuf (numbers of 64 bits as two halves, bytes) or from JSON (numbers as text, base64), and are
 * read by the same functions. Messages decoded from protobuf inherit defaults, so only own fields count.
 */
const own = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? own(value, name) : undefined;

/** A whole number of 64 bits; those beyond 2⁵³ lose their last digits. */
export const longOf = (value: unknown): number | undefined => {
  if (typeof value !== "object" || value === null) return numberOf(value);
  const low = own(value, "low");
  const high = own(value, "high");
  return typeof low === "number" && typeof high === "number" ? high * TWO_32 + (low >>> 0) : undefined;
};

/** Milliseconds since 1970 of nanoseconds since 1970; undefined for none and for 0, which means not set. */
export const msOf = (nanos: unknown): number | undefined => {
  const value = longOf(nanos);
  return value === undefined || value <= 0 ? undefined : value / 1e6;
};

const HEX = /^[0-9a-fA-F]+$/;

/** An id of so many bytes as lower-case hex; undefined for another length and for zeros, which mean not set. */
export const hexOf = (value: unknown, bytes: number): string | undefined => {
  let hex = "";
  if (value instanceof Uint8Array && value.length === bytes)
    hex = Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex");
  else if (typeof value === "string" && value.length === bytes * 2 && HEX.test(value)) hex = value.toLowerCase();
  // Some senders write base64, as protobuf's JSON does for other bytes.
  else if (typeof value === "string" && value.length === Math.ceil(bytes / 3) * 4)
    hex = Buffer.from(value, "base64").toString("hex");
  return hex.length === bytes * 2 && !/^0+$/.test(hex) ? hex : undefined;
};

/** The plain value of an `AnyValue`. */
export const valueOf = (value: unknown, depth = 0): unknown => {
  if (typeof value !== "object" || value === null) return undefined;
  const text = own(value, "stringValue");
  if (typeof text === "string") return text.length > TEXT_UNITS_MAX ? text.slice(0, TEXT_UNITS_MAX) : text;
  const whole = own(value, "intValue");
  if (whole !== undefined) return longOf(whole);
  const flag = own(value, "boolValue");
  if (typeof flag === "boolean") return flag;
  const real = own(value, "doubleValue");
  if (real !== undefined) return numberOf(real);
  if (depth === DEPTH_MAX) return undefined;
  const list = own(value, "arrayValue");
  if (list !== undefined) {
    const values = fieldOf(list, "values");
    return Array.isArray(values) ? values.slice(0, ITEMS_MAX).map((item) => valueOf(item, depth + 1) ?? null) : [];
  }
  const map = own(value, "kvlistValue");
  if (map !== undefined) return attributesOf(fieldOf(map, "values"), depth + 1);
  const bytes = own(value, "bytesValue");
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.subarray(0, TEXT_UNITS_MAX)).toString("base64");
  return typeof bytes === "string" ? bytes.slice(0, TEXT_UNITS_MAX) : undefined;
};

const KEY_UNITS_MAX = 256;

/** A list of `KeyValue` as one flat object; the last of two with one name stands. */
export const attributesOf = (list: unknown, depth = 0): Attributes => {
  const attributes: Attributes = {};
  if (!Array.isArray(list)) return attributes;
  const most = Math.min(list.length, ITEMS_MAX);
  for (let index = 0; index < most; index += 1) {
    const item: unknown = list[index];
    const key = fieldOf(item, "key");
    if (typeof key !== "string" || key === "__proto__" || key.length > KEY_UNITS_MAX) continue;
    const value = valueOf(fieldOf(item, "value"), depth);
    if (value !== undefined) attributes[key] = value;
  }
  return attributes;
};
