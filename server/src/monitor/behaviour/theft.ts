import type { HourlyRow } from "@parapet/model";
import { circlesOf, judgeTheft } from "#detection";
import { readBaselines } from "./baselines.ts";
import { raise } from "./raise.ts";
import { samplesOfTheft } from "./samples.ts";
import { type LookTools, breathe, dayStart, subjectOf, timeOf } from "./tools.ts";
import { THEFT_WORDS } from "./words.ts";

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Looks at the day of each principal that asked enough, beside its peers' day. Answers how many signs were new. */
export const lookForTheft = async (tools: LookTools, rows: readonly HourlyRow[]): Promise<number> => {
  const { control, tenant, clock, settings } = tools;
  const dayMs = dayStart(clock.now());
  const days = [...Map.groupBy(rows, ({ id }) => id)].map(([id, hours]) => ({
    id,
    prompts: hours.reduce((sum, { counts }) => sum + counts.prompts, 0),
    samples: hours.flatMap(({ samples }) => samples),
  }));
  const least = Math.min(settings.theft.nearMin / 2, settings.theft.queriesMin);
  const suspects = days.filter(({ samples }) => samples.length >= least);
  if (suspects.length === 0) return 0;
  const baselines = await readBaselines(
    tools,
    days.map(({ id }) => subjectOf("principal", id)),
  );
  const of = (id: string) => baselines.get(subjectOf("principal", id));
  const circles = new Map(
    days.map(({ id }) => [id, circlesOf(of(id) ?? { dimension: "principal", id, group: "" })] as const),
  );
  /** Those of the narrowest circle that has enough of them today. */
  const peersOf = (id: string) => {
    const others = days.filter((day) => day.id !== id);
    const [narrow = [], wide = []] = (circles.get(id) ?? []).map((circle) =>
      others.filter((day) => circles.get(day.id)?.includes(circle)),
    );
    return narrow.length >= settings.baselines.peersMin ? narrow : wide;
  };
  let signs = 0;
  for (const { id, prompts, samples } of suspects) {
    const own = of(id);
    const peers = peersOf(id);
    const likenesses = peers.flatMap((day) => {
      const similarity = of(day.id)?.similarity;
      return similarity === undefined || similarity.hours === 0 ? [] : [similarity.highest];
    });
    const likeness =
      own !== undefined && own.similarity.hours > 0
        ? own.similarity.highest
        : likenesses.length > 0
          ? Math.max(...likenesses)
          : undefined;
    const found = judgeTheft(
      {
        id,
        dayMs,
        prompts,
        samples,
        peers: { prompts: median(peers.map((day) => day.prompts)), members: peers.length },
        ownSpread:
          own?.ready === true ? Math.expm1(Math.max(...own.day.events.slots) + own.day.events.scale) : undefined,
        likeness,
      },
      settings.theft,
    );
    for (const sign of found) {
      const noteId = JSON.stringify([sign.kind, id, dayMs]);
      const isKnown = (await control.listNotes(tenant, "theft", { ids: [noteId] })).length > 0;
      const { severity, title, tags, triage } = THEFT_WORDS[sign.kind];
      if (!isKnown) {
        signs += 1;
        await raise(tools, {
          rule: `theft.${sign.kind}`,
          title: `${id} ${title}`,
          sentence: sign.sentence,
          severity,
          entities: { principal: id },
          atMs: clock.now(),
          tags,
          triage,
          samples: await samplesOfTheft(tools, sign),
        });
      }
      await control.putNotes(tenant, [
        { kind: "theft", id: noteId, subject: subjectOf("principal", id), time: timeOf(dayMs), data: sign },
      ]);
    }
    await breathe();
  }
  return signs;
};
