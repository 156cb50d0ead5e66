/** One string in a JSON body: a value, or a key that holds text (`ScannedJson.keys`). */
export interface StringLeaf {
  /** JSON pointer, RFC 6901. */
  readonly pointer: string;
  /** Decoded value. */
  readonly value: string;
  /** Bytes of the token, quotes included. */
  readonly start: number;
  readonly end: number;
  /** Of a form: the bytes are the text itself, or a file's name in its header. Absent: a JSON string. */
  readonly form?: "text" | "name";
}

/** Bytes of one value of any kind. */
export interface JsonSpan {
  readonly pointer: string;
  readonly start: number;
  readonly end: number;
}

/** A body that passed the strict front: one parse, one reading. */
export interface ScannedJson {
  readonly bytes: Buffer;
  /** The parsed value. Objects inherit nothing. */
  readonly value: unknown;
  /** String values, in the order of the bytes. */
  readonly leaves: readonly StringLeaf[];
  /** Keys that are no plain names (longer than 32, more than 4 digits, 12 capitals or digits in a row, or other characters than letters, digits, `_ . $ -`): text could hide in them. */
  readonly keys: readonly StringLeaf[];
  /** Values under the keys asked for by `spanKeys`. */
  readonly spans: readonly JsonSpan[];
}

export type JsonFaultCode = "bad_json" | "duplicate_key" | "invalid_utf8" | "too_deep";

export interface JsonFault {
  readonly code: JsonFaultCode;
  /** Public sentence; names the place, never quotes the body. */
  readonly message: string;
  /** Byte of the body. */
  readonly offset: number;
}

export type JsonScan =
  | { readonly ok: true; readonly value: ScannedJson }
  | { readonly ok: false; readonly fault: JsonFault };

export interface ScanOptions {
  /** Deepest nesting allowed; `[]` is 1. */
  readonly depthMax: number;
  /** Most object keys in the whole body. */
  readonly keysMax?: number;
  /** Most string values in the whole body. */
  readonly leavesMax?: number;
  /** Keys whose values' places are wanted in `spans`. */
  readonly spanKeys?: ReadonlySet<string>;
  /** Key of the outermost object whose value is a body of its own: pointers in it begin with it, and `spans` has its place. */
  readonly innerKey?: string;
}
