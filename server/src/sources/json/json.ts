import { PROVENANCES, SEVERITIES, type Provenance, type SourceEvent } from "@parapet/model";
import { isFields, timeOf } from "../read.ts";
import type { Decoded, DecodeContext, Source, SourcePayload, SplitRecord } from "../source.ts";

const RECORD_BYTES_MAX = 256 * 1024;
const SHOWN_UNITS_MAX = 4_000;
const KEY_UNITS_MAX = 256;
const ENVELOPE = ["exchange", "session", "principal", "agent", "asset", "route", "model", "trace"] as const;
const KIND = /^[a-z0-9_.-]{1,80}$/;

const parse = (text: string): { readonly value: unknown } | { readonly fault: string } => {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    return { fault: error instanceof Error ? error.message.slice(0, 200) : "not JSON" };
  }
};

/** An array, one object, or an object a line. */
function* split({ bytes }: SourcePayload): Generator<SplitRecord> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  const trimmed = text.trimStart();
  if (trimmed.startsWith("[")) {
    const whole = parse(trimmed);
    if ("fault" in whole) yield { ok: false, reason: `not JSON: ${whole.fault}`, text: text.slice(0, SHOWN_UNITS_MAX) };
    else if (Array.isArray(whole.value)) for (const record of whole.value) yield { ok: true, record };
    return;
  }
  let line = 0;
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    const piece = text.slice(from, end === -1 ? text.length : end).trim();
    from = end === -1 ? text.length : end + 1;
    line += 1;
    if (piece === "") continue;
    if (piece.length > RECORD_BYTES_MAX) {
      const reason = `line ${line} has more than ${RECORD_BYTES_MAX} bytes; send smaller records`;
      yield { ok: false, reason, text: piece.slice(0, SHOWN_UNITS_MAX) };
      continue;
    }
    const parsed = parse(piece);
    if ("value" in parsed) yield { ok: true, record: parsed.value };
    else if (line === 1 && from < text.length) {
      // One object over several lines.
      const whole = text.length > RECORD_BYTES_MAX ? parsed : parse(text);
      if ("value" in whole) {
        yield { ok: true, record: whole.value };
        return;
      }
      yield { ok: false, reason: `line 1 is not JSON: ${parsed.fault}`, text: piece.slice(0, SHOWN_UNITS_MAX) };
    } else {
      yield { ok: false, reason: `line ${line} is not JSON: ${parsed.fault}`, text: piece.slice(0, SHOWN_UNITS_MAX) };
    }
  }
}

const provenanceOf = (value: unknown): Provenance | undefined => PROVENANCES.find((one) => one === value);

const textsOf = (value: unknown): NonNullable<SourceEvent["texts"]> | string => {
  if (!Array.isArray(value)) return "`texts` is a list of {provenance, text}";
  const texts: { provenance: Provenance; text: string }[] = [];
  for (const item of value) {
    const provenance = isFields(item) ? provenanceOf(item["provenance"]) : undefined;
    if (!isFields(item) || provenance === undefined || typeof item["text"] !== "string")
      return `each of \`texts\` has a \`text\` and a \`provenance\`, one of ${PROVENANCES.join(", ")}`;
    texts.push({ provenance, text: item["text"] });
  }
  return texts;
};

const malformed = (reason: string): Decoded => ({ kind: "malformed", reason });

const decode = (record: unknown, { receivedAt }: DecodeContext): Decoded => {
  if (!isFields(record)) return malformed("a record is a JSON object");
  const { time, kind = "event", severity, key, texts, body, ...rest } = record;
  const at = time === undefined ? receivedAt : timeOf(time);
  if (at === undefined)
    return malformed("`time` is ISO 8601 (2026-11-21T08:45:44Z), or seconds or milliseconds since 1970");
  if (typeof kind !== "string" || !KIND.test(kind))
    return malformed("`kind` is a dotted lower-case name, such as api.call");
  const level = severity === undefined ? "informational" : SEVERITIES.find((one) => one === severity);
  if (level === undefined) return malformed(`\`severity\` is one of ${SEVERITIES.join(", ")}`);
  const said = texts === undefined ? undefined : textsOf(texts);
  if (typeof said === "string") return malformed(said);
  const envelope: Partial<Record<(typeof ENVELOPE)[number], string>> = {};
  const fields: Record<string, unknown> = { ...(isFields(body) && body), ...rest };
  for (const name of ENVELOPE) {
    const value = rest[name];
    if (value === undefined) continue;
    if (typeof value !== "string") return malformed(`\`${name}\` is text`);
    if (value !== "") envelope[name] = value;
    delete fields[name];
  }
  const own = key ?? rest["id"];
  if (typeof own === "string" && own.length > KEY_UNITS_MAX)
    return malformed(`\`key\` has at most ${KEY_UNITS_MAX} characters`);
  return {
    kind: "event",
    event: {
      time: at,
      kind,
      severity: level,
      ...envelope,
      ...((typeof own === "string" || typeof own === "number") && { key: String(own) }),
      ...(said !== undefined && { texts: said }),
      body: fields,
    },
  };
};

/** Records that name their envelope themselves: for senders without a source of their own. */
export const json: Source = {
  id: "json",
  title: "JSON events",
  description:
    "Any JSON objects. `time`, `kind`, `severity`, `principal`, `agent`, `asset`, `session`, `trace`, `model`, `exchange`, `route`, `key` and `texts` are the envelope; everything else is the body.",
  setup: `Send one JSON object a line, or an array:

\`\`\`sh
curl -H "authorization: Bearer $SOURCE_KEY" -H "content-type: application/x-ndjson" \\
  --data-binary @events.jsonl http://127.0.0.1:4100/ingest/json
\`\`\``,
  reference: "https://www.rfc-editor.org/rfc/rfc8259",
  bindings: [{ logsource: { product: "ai", service: "json" }, source: "json" }],
  recordBytesMax: RECORD_BYTES_MAX,
  split,
  decode,
};
