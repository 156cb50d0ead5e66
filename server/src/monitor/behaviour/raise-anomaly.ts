import type { Anomaly } from "@parapet/model";
import type { Note } from "#storage";
import { raise } from "./raise.ts";
import { samplesOfAnomaly } from "./samples.ts";
import { type LookTools, subjectOf, timeOf } from "./tools.ts";
import { ANOMALY_WORDS } from "./words.ts";

/** An hour that is judged again, because more of it has come, is the same anomaly. */
const noteOf = (anomaly: Anomaly): Note => ({
  kind: "anomaly",
  id: JSON.stringify([anomaly.dimension, anomaly.subject, anomaly.kind, anomaly.hourMs, anomaly.value ?? ""]),
  subject: subjectOf(anomaly.dimension, anomaly.subject),
  time: timeOf(anomaly.hourMs),
  data: anomaly,
});

/**
 * Remembers an anomaly; a new one is counted on its finding, unless it is the echo of another that has its own. Answers
 * whether it is new.
 */
export const raiseAnomaly = async (tools: LookTools, anomaly: Anomaly, isEcho = false): Promise<boolean> => {
  const { control, tenant } = tools;
  const note = noteOf(anomaly);
  const isKnown = (await control.listNotes(tenant, "anomaly", { ids: [note.id] })).length > 0;
  const { kind, dimension, subject, sentence, hourMs, value } = anomaly;
  const { severity, title, tags, triage } = ANOMALY_WORDS[kind];
  if (!isKnown && !isEcho)
    await raise(tools, {
      rule: `behaviour.${kind}`,
      title: `${subject} ${title}`,
      sentence,
      severity,
      entities: { [dimension]: subject, ...(value !== undefined && { value }) },
      atMs: hourMs,
      tags,
      triage,
      samples: await samplesOfAnomaly(tools, anomaly),
    });
  await control.putNotes(tenant, [note]);
  return !isKnown;
};
