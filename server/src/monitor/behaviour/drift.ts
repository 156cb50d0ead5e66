import { type BehaviourChange, DriftState, type Finding, type FindingSample } from "@parapet/model";
import { attribute, compare, driftSentence } from "#detection";
import { isClosed } from "#findings";
import { z } from "zod";
import type { Note } from "#storage";
import { readChanges } from "./changes.ts";
import { groupKeyOf, raise } from "./raise.ts";
import { samplesOfDrift } from "./samples.ts";
import {
  type LookTools,
  breathe,
  DAY_MS,
  HOUR_MS,
  hourStart,
  readMark,
  subjectOf,
  timeOf,
  writeMark,
} from "./tools.ts";
import { DRIFT_WORDS } from "./words.ts";

const MARK = "drift";
/** Most models and routes that are looked at in one run. */
const SUBJECTS_MAX = 500;
const REFERENCE_KEPT_MS = 28 * DAY_MS;

/** Hours that make the reference of one model or route, while a drift goes on or since one was accepted. */
const Reference = z.object({ fromMs: z.int().optional(), untilMs: z.int().optional() });
type Reference = z.infer<typeof Reference>;

const stateId = ({ dimension, subject, feature }: Pick<DriftState, "dimension" | "subject" | "feature">): string =>
  JSON.stringify([dimension, subject, feature]);

export interface LookedForDrift {
  readonly subjects: number;
  readonly drifting: number;
}

/** Once an hour: every model and route, its last hours against its reference. */
export const lookForDrift = async (tools: LookTools): Promise<LookedForDrift | undefined> => {
  const { events, tenant, clock, settings } = tools;
  const endMs = hourStart(clock.now());
  if (((await readMark(tools, MARK)) ?? 0) >= endMs) return undefined;
  const changes = await readChanges(tools);
  const fromMs = endMs - settings.baselines.historyDays * DAY_MS;
  let subjects = 0;
  let drifting = 0;
  for (const dimension of ["model", "route"] as const) {
    const active = new Set<string>();
    const recent = events.scanHourly(tenant, {
      dimension,
      fromMs: endMs - settings.drift.windowHours * HOUR_MS,
      untilMs: endMs,
    });
    for await (const rows of recent) for (const { id } of rows) active.add(id);
    for (const id of [...active].slice(0, SUBJECTS_MAX)) {
      subjects += 1;
      // One at a time: a month of its distributions is the most that is held.
      for await (const rows of events.scanHourly(tenant, {
        dimension,
        ids: [id],
        fromMs,
        untilMs: endMs,
        parts: ["cells"],
      }))
        drifting += await lookAt(tools, { dimension, id, rows, endMs, changes });
      await breathe();
    }
  }
  await writeMark(tools, MARK, endMs);
  return { subjects, drifting };
};

const lookAt = async (
  tools: LookTools,
  {
    dimension,
    id,
    rows,
    endMs,
    changes,
  }: Pick<Parameters<typeof compare>[0], "dimension" | "id" | "rows"> & {
    readonly endMs: number;
    readonly changes: readonly BehaviourChange[];
  },
): Promise<number> => {
  const { control, tenant, settings } = tools;
  const subject = subjectOf(dimension, id);
  const windowFromMs = endMs - settings.drift.windowHours * HOUR_MS;
  const states = new Map(
    (await control.listNotes(tenant, "drift", { subject })).flatMap(({ data }) => {
      const parsed = DriftState.safeParse(data);
      return parsed.success ? [[parsed.data.feature, parsed.data] as const] : [];
    }),
  );
  const reference = await referenceOf(tools, subject, [...states.values()], endMs);
  const untilMs = Math.min(reference.untilMs ?? windowFromMs, windowFromMs);
  const referenceFromMs = Math.max(reference.fromMs ?? 0, untilMs - settings.drift.referenceDays * DAY_MS);
  const compared = compare(
    {
      dimension,
      id,
      rows: rows.filter(({ hourMs }) => hourMs >= (reference.fromMs ?? 0)),
      referenceFromMs,
      referenceUntilMs: untilMs,
      windowFromMs,
    },
    settings.drift,
  );
  const notes: Note[] = [];
  const lasting: DriftState[] = [];
  let drifting = 0;
  for (const one of compared) {
    const before = states.get(one.feature);
    const sinceMs = one.drifting ? (before?.sinceMs ?? endMs) : undefined;
    const isSustained = sinceMs !== undefined && endMs - sinceMs >= settings.drift.sustainedHours * HOUR_MS;
    // What was found when the drift was young stays: later windows no longer show where it began.
    const onsetMs = before?.sinceMs !== undefined && one.drifting ? before.onsetMs : one.onsetMs;
    const cause = isSustained ? (before?.cause ?? attribute({ ...one, onsetMs }, changes)) : undefined;
    const state: DriftState = {
      ...one,
      onsetMs,
      seenMs: endMs,
      ...(sinceMs !== undefined && { sinceMs }),
      ...(cause !== undefined && { cause }),
    };
    if (one.drifting) drifting += 1;
    // Counted on its finding once, when it has lasted.
    if (isSustained && !isAlreadyRaised(before, settings.drift.sustainedHours)) lasting.push(state);
    notes.push({ kind: "drift", id: stateId(state), subject, time: timeOf(endMs), data: state });
  }
  for (const states of Map.groupBy(lasting, ({ side }) => side).values()) {
    // One finding: it shows the feature that drifts most.
    const [strongest, ...others] = states.toSorted((one, other) => other.strength - one.strength);
    if (strongest === undefined) continue;
    for (const state of others) await raiseDrift(tools, state, []);
    const parts = [
      [referenceFromMs, untilMs],
      [windowFromMs, endMs],
    ] as const;
    await raiseDrift(tools, strongest, await samplesOfDrift(tools, strongest, rows, parts));
  }
  await control.putNotes(tenant, notes);
  const isDrifting = compared.some((one) => one.drifting);
  if (isDrifting && reference.untilMs === undefined) await writeReference(tools, subject, { ...reference, untilMs });
  if (!isDrifting && reference.untilMs !== undefined)
    await writeReference(tools, subject, reference.fromMs === undefined ? {} : { fromMs: reference.fromMs });
  return drifting;
};

const isAlreadyRaised = (before: DriftState | undefined, sustainedHours: number): boolean =>
  before?.sinceMs !== undefined && before.seenMs - before.sinceMs >= sustainedHours * HOUR_MS;

const entitiesOf = ({ dimension, subject, side }: Pick<DriftState, "dimension" | "subject" | "side">) => ({
  [dimension]: subject,
  side,
});

const raiseDrift = async (tools: LookTools, state: DriftState, samples: readonly FindingSample[]): Promise<void> => {
  const { severity, title, tags, triage } = DRIFT_WORDS[state.side];
  await raise(tools, {
    rule: `drift.${state.side}`,
    title: `${state.dimension} ${state.subject} ${title}`,
    sentence: driftSentence(state),
    severity,
    entities: entitiesOf(state),
    atMs: state.onsetMs,
    tags,
    triage,
    samples,
  });
};

/**
 * The reference stands still while a drift goes on, or it would soon take the drift in. When the finding was closed, by
 * somebody who knows of the change, the hours since its beginning are the new reference; after four weeks they are so
 * by themselves.
 */
const referenceOf = async (
  tools: LookTools,
  subject: string,
  states: readonly DriftState[],
  endMs: number,
): Promise<Reference> => {
  const { control, tenant, settings } = tools;
  const [note] = await control.listNotes(tenant, "drift-reference", { ids: [subject] });
  const parsed = Reference.safeParse(note?.data);
  const reference = parsed.success ? parsed.data : {};
  if (reference.untilMs === undefined) return reference;
  const sustained = states.filter((state) => isAlreadyRaised(state, settings.drift.sustainedHours));
  const open = await Promise.all(sustained.map((state) => openFinding(tools, state)));
  const isAccepted = sustained.length > 0 && open.every((finding) => finding === undefined);
  if (!isAccepted && endMs - reference.untilMs < REFERENCE_KEPT_MS) return reference;
  const fromMs = Math.min(...sustained.map(({ onsetMs }) => onsetMs), endMs - DAY_MS);
  await control.deleteNotes(tenant, { kind: "drift", ids: states.map(stateId) });
  await writeReference(tools, subject, { fromMs });
  return { fromMs };
};

const openFinding = async ({ control, tenant }: LookTools, state: DriftState): Promise<Finding | undefined> => {
  const finding = await control.findFindingOf(tenant, `drift.${state.side}`, groupKeyOf(entitiesOf(state)));
  return finding === undefined || isClosed(finding.status) ? undefined : finding;
};

const writeReference = ({ control, tenant, clock }: LookTools, subject: string, reference: Reference): Promise<void> =>
  control.putNotes(tenant, [
    { kind: "drift-reference", id: subject, subject, time: timeOf(clock.now()), data: reference },
  ]);
