import { type Event, type ExchangeRecord, Provenance } from "@parapet/model";
import type { ObservedText } from "#detection";
import { subjectOf } from "#ledger";
import { parseTrusted } from "#platform";
import { z } from "zod";
import { openWords } from "../sealed-words.ts";
import type { Subject, SubjectKeys } from "../subject-keys.ts";

const ToldPlaces = z.array(z.object({ provenance: Provenance, length: z.number(), digest: z.string() }));

interface Places {
  readonly subject: Subject;
  readonly segments: readonly (Omit<ObservedText, "text"> & { readonly index: number })[];
}

const placesOf = (event: Event): Places | undefined => {
  const { record, body } = event;
  if (event.source === "gateway" && record !== undefined) {
    const parsed = parseTrusted<ExchangeRecord>(record);
    return { subject: subjectOf(parsed), segments: parsed.segments };
  }
  const told = ToldPlaces.safeParse(body["texts"]);
  if (!told.success) return undefined;
  return {
    subject: { tenant: event.tenant, subject: event.principal ?? `source:${event.route ?? ""}` },
    segments: told.data.map((place, index) => ({ ...place, index })),
  };
};

/** What was said in a stored event, in clear where it was kept and may still be read. It goes nowhere but into numbers. */
export const textsOfEvent = async (
  subjects: Pick<SubjectKeys, "existing">,
  event: Event,
): Promise<readonly ObservedText[]> => {
  const places = placesOf(event);
  if (places === undefined) return [];
  const key = event.text === undefined ? undefined : await subjects.existing(places.subject);
  const words = event.text === undefined || key === undefined ? undefined : openWords(event.text, key, event.id);
  return places.segments.map(({ provenance, length, digest, index }) => ({
    provenance,
    length,
    text: words?.texts.get(index),
    ...(digest !== undefined && { digest }),
  }));
};
