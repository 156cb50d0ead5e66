import { BehaviourChange, type Event } from "@parapet/model";
import type { Note } from "#storage";
import { type BehaviourTools, DAY_MS, readMark, subjectOf, timeOf, writeMark } from "./tools.ts";

const MARK = "changes";
const KEPT_DAYS = 90;
const EVENTS_MAX = 200;

/** Events that are a change in themselves, and what they change. */
const KINDS: readonly (readonly [string, BehaviourChange["kind"]])[] = [
  ["policy.reloaded", "policy"],
  ["training", "fine-tune"],
  ["deployment", "deployment"],
  ["registry.model_version.created", "registry"],
  ["registry.alias.created", "registry"],
  ["registry.alias.updated", "registry"],
  ["dataset.updated", "corpus"],
  ["vector.upsert", "corpus"],
];

/** Values of a route or model of which a new one is a change. Who has many of them changes all the time. */
const VALUES: readonly (readonly [string, BehaviourChange["kind"], string])[] = [
  ["model", "model", "the model"],
  ["fingerprint", "fingerprint", "the provider's fingerprint"],
  ["prompt", "prompt", "the system prompt"],
  ["toolset", "tools", "the list of tools"],
];
const VALUES_MAX = 20;
const SETTLED_MS = DAY_MS;

export const readChanges = async ({ control, tenant, clock }: BehaviourTools): Promise<readonly BehaviourChange[]> => {
  const notes = await control.listNotes(tenant, "change", { since: timeOf(clock.now() - KEPT_DAYS * DAY_MS) });
  return notes.flatMap(({ data }) => {
    const parsed = BehaviourChange.safeParse(data);
    return parsed.success ? [parsed.data] : [];
  });
};

export const noteChange = (change: BehaviourChange): Note => ({
  kind: "change",
  id: change.id,
  subject: change.dimension === undefined ? "" : subjectOf(change.dimension, change.subject),
  time: change.time,
  data: change,
});

/** Gathers what was changed since the last look: from events, and from what routes and models were seen with. */
export const gatherChanges = async (tools: BehaviourTools): Promise<void> => {
  const { control, events, tenant, clock } = tools;
  const nowMs = clock.now();
  const sinceMs = (await readMark(tools, MARK)) ?? nowMs - 7 * DAY_MS;
  const found: BehaviourChange[] = [];
  for (const [kind, what] of KINDS) {
    const { items } = await events.listEvents(tenant, { kind, since: timeOf(sinceMs), limit: EVENTS_MAX });
    found.push(...items.map((event) => changeOf(event, what)));
  }
  found.push(...(await newValues(tools, nowMs)));
  await control.putNotes(tenant, found.map(noteChange));
  await control.deleteNotes(tenant, { kind: "change", before: timeOf(nowMs - KEPT_DAYS * DAY_MS) });
  // Telemetry comes late: the last hour is looked at again, and the same event is the same change.
  await writeMark(tools, MARK, nowMs - 3_600_000);
};

/** A corpus changes by many events; those of one day are one change. */
const changeOf = (event: Event, kind: BehaviourChange["kind"]): BehaviourChange => {
  const { model = "", asset = "", route, time } = event;
  const subject = kind === "policy" ? "" : model === "" ? asset.replace(/^model:/, "") : model;
  const id = kind === "corpus" ? `corpus ${asset} ${time.slice(0, 10)}` : event.id;
  return {
    id,
    time,
    kind,
    event: event.id,
    ...(subject !== "" && { dimension: "model" as const }),
    subject,
    touches: [
      ...(route === undefined ? [] : [route]),
      ...(asset === "" ? [] : [asset.replace(/^model:/, "").replace(/@.*$/, "")]),
    ],
    sentence: `${event.kind}${subject === "" ? "" : ` of ${subject}`} on ${time.slice(0, 16).replace("T", " ")} UTC`,
  };
};

const newValues = async (
  { events, tenant, settings }: BehaviourTools,
  nowMs: number,
): Promise<readonly BehaviourChange[]> => {
  const fromMs = nowMs - settings.baselines.historyDays * DAY_MS;
  const found: BehaviourChange[] = [];
  for (const dimension of ["route", "model"] as const) {
    const seen = await events.seenValues(tenant, { dimension, fromMs, untilMs: nowMs });
    for (const [id, values] of Map.groupBy(seen, (one) => one.id)) {
      const firstMs = Math.min(...values.map((one) => one.firstMs));
      for (const [feature, kind, words] of VALUES) {
        const own = values.filter(({ value }) => value.startsWith(`${feature}=`));
        if (own.length > VALUES_MAX) continue;
        for (const { value, firstMs: atMs } of own) {
          if (atMs < firstMs + SETTLED_MS) continue;
          const time = timeOf(atMs);
          found.push({
            id: `${dimension} ${id} ${value}`,
            time,
            kind,
            dimension,
            subject: id,
            touches: feature === "model" ? [value.slice(6)] : [],
            sentence: `${words} of ${dimension} ${id} is ${value.slice(feature.length + 1)} from ${time.slice(0, 16).replace("T", " ")} UTC on`,
          });
        }
      }
    }
  }
  return found;
};
