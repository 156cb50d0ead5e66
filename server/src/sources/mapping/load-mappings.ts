import type { Diagnostic } from "@parapet/model";
import { isDeepStrictEqual } from "node:util";
import { loadYaml } from "#platform";
import { SOURCES } from "../catalogue.ts";
import { isFields } from "../read.ts";
import type { Decoded, Source } from "../source.ts";
import { mappedSource } from "./mapped-source.ts";
import { Mapping } from "./schema.ts";

/** A file as it was read. The module itself reads none. */
export interface MappingFile {
  readonly path: string;
  readonly text: string;
}

export interface LoadedMappings {
  /** Mappings without errors; one that is broken does not keep the others out. */
  readonly sources: readonly Source[];
  /** Recorded payload by the source's id. */
  readonly payloads: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

const RECEIVED_AT = "2026-01-01T00:00:00.000Z";
const TEXT_UNITS_MAX = 400_000;

/**
 * Reads `.yml` and `.yaml` files in order of their paths; other files are left alone. A mapping is taken only when
 * its recorded payload becomes the events that stand in the same file.
 */
export const loadMappings = (files: readonly MappingFile[]): LoadedMappings => {
  const sources = new Map<string, { readonly source: Source; readonly file: string; readonly payload: string }>();
  const diagnostics: Diagnostic[] = [];
  for (const { path, text } of files.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    if (!/\.ya?ml$/.test(path)) continue;
    const read = readMapping(path, text);
    diagnostics.push(...read.diagnostics);
    if (!read.ok) continue;
    const { id } = read.source;
    const before =
      sources.get(id)?.file ?? (SOURCES.some((one) => one.id === id) ? "a source that is built in" : undefined);
    if (before === undefined) sources.set(id, { source: read.source, file: path, payload: read.payload });
    else
      diagnostics.push({
        level: "error",
        file: path,
        line: lineOf(text, /^id:/),
        message: `the id "${id}" is taken by ${before}`,
        fix: "give this mapping another id",
      });
  }
  return {
    sources: [...sources.values()].map(({ source }) => source),
    payloads: new Map([...sources].map(([id, { payload }]) => [id, payload])),
    diagnostics,
  };
};

type ReadMapping =
  | {
      readonly ok: true;
      readonly source: Source;
      readonly payload: string;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const readMapping = (path: string, text: string): ReadMapping => {
  if (text.length > TEXT_UNITS_MAX) {
    const message = `longer than ${TEXT_UNITS_MAX} characters`;
    return { ok: false, diagnostics: [{ level: "error", file: path, line: 1, message, fix: "shorten the payload" }] };
  }
  const loaded = loadYaml(text, path, Mapping);
  if (!loaded.ok) return loaded;
  const source = mappedSource(loaded.value);
  const wrong = differences(source, loaded.value);
  if (wrong.length === 0) return { ok: true, source, payload: loaded.value.payload, diagnostics: [] };
  const line = lineOf(text, /^events:/);
  const fix = "change the mapping, or the expected events if the mapping is right";
  return { ok: false, diagnostics: wrong.map((message) => ({ level: "error", file: path, line, message, fix })) };
};

const lineOf = (text: string, key: RegExp): number => text.split("\n").findIndex((line) => key.test(line)) + 1 || 1;

/** Where the recorded payload becomes something else than the file says. */
const differences = (source: Source, { payload, events }: Mapping): readonly string[] => {
  const decoded = Array.from(source.split({ bytes: Buffer.from(payload), contentType: "" }), (piece): Decoded =>
    piece.ok ? source.decode(piece.record, { receivedAt: RECEIVED_AT }) : { kind: "malformed", reason: piece.reason },
  );
  const wrong =
    decoded.length === events.length
      ? []
      : [`the payload becomes ${decoded.length} records, and ${events.length} are expected`];
  return [...wrong, ...events.flatMap((expected, index) => difference(expected, decoded[index], index + 1))];
};

const difference = (
  expected: Readonly<Record<string, unknown>>,
  decoded: Decoded | undefined,
  place: number,
): string[] => {
  if (decoded === undefined) return [];
  const wanted = "skipped" in expected ? "skipped" : "malformed" in expected ? "malformed" : "event";
  if (decoded.kind !== "event")
    return decoded.kind === wanted ? [] : [`event ${place}: the record is ${decoded.kind} (${decoded.reason})`];
  if (wanted !== "event")
    return [`event ${place}: expected ${wanted}, and it is an event of kind ${decoded.event.kind}`];
  return unlike(expected, decoded.event, `event ${place}`);
};

/** Every field that is expected must be so; fields that are not named may be anything. */
const unlike = (expected: unknown, actual: unknown, place: string): string[] => {
  if (isFields(expected) && isFields(actual))
    return Object.entries(expected).flatMap(([name, value]) => unlike(value, actual[name], `${place}.${name}`));
  return isDeepStrictEqual(expected, actual)
    ? []
    : [`${place} is ${JSON.stringify(actual) ?? "absent"}, and ${JSON.stringify(expected)} is expected`];
};
