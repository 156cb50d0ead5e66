import type { SourceEvent } from "@parapet/model";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readContent } from "#compose";
import { loadMappings, SOURCES, type Source } from "#sources";

const RECEIVED_AT = "2026-11-21T09:00:00.000Z";
const NORMALISED: ReadonlySet<string> = new Set([
  "address",
  "user_agent",
  "outcome",
  "inputTokens",
  "outputTokens",
  "latencyMs",
  "tools",
  "tool",
  "documents",
  "host",
  "bytes",
  "workload",
  "pod",
  "namespace",
  "container",
  "process",
  "commandLine",
  "file",
  "action",
]);
const ENVELOPE = ["principal", "agent", "asset", "model", "session", "trace", "exchange", "route", "key"] as const;

/** Every source as Markdown, from the catalogue and the mappings; kinds and fields as the recorded payloads show them. */
export const sourceReference = (root: string): string => {
  const { sources: mapped, payloads } = loadMappings(readContent(["sources"], root, [".yml", ".yaml"]));
  const coded = SOURCES.map((source) => sourceSection(source, recordedEvents(source, codedPayload(root, source))));
  const mappings = mapped.map((source) =>
    sourceSection(source, recordedEvents(source, Buffer.from(payloads.get(source.id) ?? ""))),
  );
  const row = ({ id, title, bindings }: Source): string =>
    `| [${title}](#${anchorOf(title)}) | \`${id}\` | ${bindings.map(({ logsource }) => logSourceOf(logsource)).join("<br>")} |`;
  return (
    [
      "<!-- Generated from server/src/sources and sources/ by server/src/reference/write-reference.ts. Do not edit. -->",
      "# Source reference",
      "A source is what a sender's telemetry becomes: name its id as `kind` of an entry under `sources` in `parapet.yaml`, and push to `/ingest/<id of the entry>` with its credential (OTLP: `/otlp/v1/traces`, `/logs`, `/metrics`). How to add one is in [adding a source](../adding-a-source.md). Kinds and fields below are those that the recorded payloads show; the record's own fields stand in `body` under their own names.",
      ["| source | id | Sigma's log source |", "|---|---|---|", ...SOURCES.map(row), ...mapped.map(row)].join("\n"),
      ...coded,
      "# Mappings",
      "Files in `sources/`.",
      ...mappings,
    ].join("\n\n") + "\n"
  );
};

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(/\s/g, "-");

const logSourceOf = (logsource: Source["bindings"][number]["logsource"]): string =>
  Object.entries(logsource)
    .map(([name, value]) => `\`${name}: ${value}\``)
    .join(" ");

const codedPayload = (root: string, { id }: Source): Buffer => {
  const folder = join(root, "server", "src", "sources", id);
  const name = readdirSync(folder).find((file) => file.startsWith("payload.") && !file.endsWith(".pb"));
  return name === undefined ? Buffer.alloc(0) : readFileSync(join(folder, name));
};

const recordedEvents = (source: Source, bytes: Buffer): readonly SourceEvent[] =>
  Array.from(source.split({ bytes, contentType: "" })).flatMap((piece) => {
    const decoded = piece.ok ? source.decode(piece.record, { receivedAt: RECEIVED_AT }) : undefined;
    return decoded?.kind === "event" ? [decoded.event] : [];
  });

const sourceSection = (source: Source, events: readonly SourceEvent[]): string => {
  const code = (names: Iterable<string>): string =>
    [...new Set(names)]
      .toSorted()
      .map((name) => `\`${name}\``)
      .join(", ");
  const envelope = ENVELOPE.filter((name) => events.some((event) => event[name] !== undefined));
  const fields = events.flatMap(({ body }) => Object.keys(body)).filter((name) => NORMALISED.has(name));
  const provenances = events.flatMap(({ texts = [] }) => texts.map(({ provenance }) => provenance));
  const logSources = source.bindings.map(
    ({ logsource, kinds }) => `${logSourceOf(logsource)}${kinds === undefined ? "" : ` (${code(kinds)})`}`,
  );
  return [
    `## ${source.title}`,
    source.description,
    [
      `- id \`${source.id}\`, [format](${source.reference}), a record has at most ${source.recordBytesMax / 1024} KiB`,
      `- kinds ${code(events.map(({ kind }) => kind))}`,
      `- envelope ${code(envelope)}`,
      ...(fields.length === 0 ? [] : [`- fields that all sources share ${code(fields)}`]),
      ...(provenances.length === 0 ? [] : [`- what was said, as ${code(provenances)}`]),
      `- Sigma ${logSources.join("; ")}`,
    ].join("\n"),
    source.setup.trim(),
  ].join("\n\n");
};
