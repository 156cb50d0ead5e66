import type { Severity, SourceEvent } from "@parapet/model";
import { bounded } from "./bounded.ts";
import { isFields, type Fields } from "./read.ts";
import type { Decoded } from "./source.ts";
import type { Texts } from "./texts.ts";

/** Fields that mean the same in every source; a field that is not known is left out. */
export interface Normalised {
  /** Address of the client. */
  readonly address?: string | undefined;
  readonly user_agent?: string | undefined;
  readonly outcome?: "success" | "failure" | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly latencyMs?: number | undefined;
  /** Names of the tools called or offered. */
  readonly tools?: readonly string[] | undefined;
  readonly tool?: string | undefined;
  /** Ids of the documents or points that were retrieved. */
  readonly documents?: readonly string[] | undefined;
  /** Host that was spoken to. */
  readonly host?: string | undefined;
  readonly bytes?: number | undefined;
  /** `namespace/name`. */
  readonly workload?: string | undefined;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
  readonly container?: string | undefined;
  /** Path of the executable. */
  readonly process?: string | undefined;
  readonly commandLine?: string | undefined;
  /** Path of the file. */
  readonly file?: string | undefined;
  readonly action?: string | undefined;
}

export interface Draft {
  readonly time: string;
  readonly kind: string;
  readonly severity?: Severity | undefined;
  readonly exchange?: string | undefined;
  readonly session?: string | undefined;
  readonly principal?: string | undefined;
  readonly agent?: string | undefined;
  readonly asset?: string | undefined;
  readonly route?: string | undefined;
  readonly model?: string | undefined;
  readonly trace?: string | undefined;
  readonly key?: string | undefined;
  readonly known?: Normalised | undefined;
  /** Further fields of ours (Sigma's names); the source's own of the same name stay. */
  readonly extra?: Fields | undefined;
  readonly texts?: Texts | undefined;
}

const NAME_UNITS_MAX = 512;
const KEY_UNITS_MAX = 256;
const ENVELOPE = ["exchange", "session", "principal", "agent", "asset", "route", "model", "trace"] as const;

/** The event of a draft whose own fields are already small and plain. */
export const eventOf = (draft: Draft, native: Fields): SourceEvent => {
  const body: Record<string, unknown> = { ...native };
  for (const fields of [draft.known, draft.extra]) {
    if (fields === undefined) continue;
    for (const [name, value] of Object.entries(fields))
      if (value !== undefined && !Object.hasOwn(body, name)) body[name] = value;
  }
  if (draft.texts?.clipped === true) body["clipped"] = true;
  const event: Record<(typeof ENVELOPE)[number], string | undefined> = {
    exchange: draft.exchange,
    session: draft.session,
    principal: draft.principal,
    agent: draft.agent,
    asset: draft.asset,
    route: draft.route,
    model: draft.model,
    trace: draft.trace,
  };
  const envelope: Partial<Record<(typeof ENVELOPE)[number], string>> = {};
  for (const name of ENVELOPE) {
    const value = event[name];
    if (value !== undefined && value !== "") envelope[name] = value.slice(0, NAME_UNITS_MAX);
  }
  return {
    time: draft.time,
    kind: draft.kind,
    severity: draft.severity ?? "informational",
    ...envelope,
    ...(draft.key !== undefined && draft.key.length <= KEY_UNITS_MAX && { key: draft.key }),
    ...(draft.texts !== undefined && draft.texts.list.length > 0 && { texts: draft.texts.list }),
    body,
  };
};

/** The event of a record as it came: its fields are bounded, and those in `leaveOut` (what was said) stay out. */
export const decodedOf = (draft: Draft, record: unknown, leaveOut?: ReadonlySet<string>): Decoded => {
  const { value, clipped } = bounded(record, leaveOut);
  const native = isFields(value) ? value : { value };
  return { kind: "event", event: eventOf(draft, clipped ? { ...native, clipped } : native) };
};

const KIND_UNITS_MAX = 80;
const NOT_IN_KIND = /[^a-z0-9_.]+/g;

/** Anything as a dotted lower-case name: `tools/call` → `tools.call`. */
export const kindOf = (name: string): string =>
  name.slice(0, KIND_UNITS_MAX).replaceAll("/", ".").toLowerCase().replaceAll(NOT_IN_KIND, "_");
