import type { Finding } from "@parapet/model";
import { shownValue } from "./shown-value.ts";

const ERASED = "erased";
/** What goes on with a name: `user:al` is not the beginning of `user:alice`, `user:al-2` or `user:al@example.com`. */
const GOES_ON = /^(?:[\p{L}\p{M}\p{N}_]|[-.@+:/][\p{L}\p{N}_])/u;
const WORD_END = /[\p{L}\p{M}\p{N}_]$/u;

/** The finding without a person's name in title, explanation, group or entities; undefined when the name is not in it. */
export const forgetName = (finding: Finding, name: string): Finding | undefined => {
  const { groupKey, entities } = finding;
  const quoted = JSON.stringify(name);
  const shown = shownValue(name);
  const title = forgetInText(finding.title, finding, shown);
  const explanation =
    finding.explanation === undefined ? undefined : forgetInText(finding.explanation, { entities: {} }, shown);
  const samples = finding.samples?.map((sample) => ({
    ...sample,
    shows: forgetInText(sample.shows, { entities: {} }, shown),
  }));
  const isInSamples = samples?.some(({ shows }, at) => shows !== finding.samples?.[at]?.shows) === true;
  const isElsewhere = groupKey.includes(quoted) || Object.values(entities).includes(shown);
  if (title === finding.title && explanation === finding.explanation && !isElsewhere && !isInSamples) return undefined;
  return {
    ...finding,
    title,
    ...(explanation !== undefined && { explanation }),
    ...(samples !== undefined && { samples }),
    // A sentence of behaviour names its subject, which the group has too.
    ...(isElsewhere && { description: finding.description.replaceAll(shown, ERASED) }),
    groupKey: groupKey.replaceAll(quoted, JSON.stringify(ERASED)),
    entities: Object.fromEntries(
      Object.entries(entities).map(([field, value]) => [field, value === shown ? ERASED : value]),
    ),
  };
};

/**
 * A title or an explanation is made from the event's values, mostly those of the group, which `entities` has: a place inside a longer
 * one of them is another's name. Where the group does not have the name, only a place where it stands by itself counts.
 */
const forgetInText = (text: string, { entities }: Pick<Finding, "entities">, name: string): string => {
  const values = Object.values(entities);
  const isOfGroup = values.includes(name);
  const longer = values
    .filter((value) => value !== name && value.includes(name))
    .toSorted((left, right) => right.length - left.length);
  let result = "";
  let at = 0;
  while (at < text.length) {
    const others = longer.find((value) => text.startsWith(value, at));
    if (others !== undefined) {
      result += others;
      at += others.length;
    } else if (text.startsWith(name, at) && (isOfGroup || standsAlone(text, at, at + name.length))) {
      result += ERASED;
      at += name.length;
    } else {
      result += text.charAt(at);
      at += 1;
    }
  }
  return result;
};

const standsAlone = (title: string, start: number, end: number): boolean =>
  !GOES_ON.test(title.slice(end, end + 4)) && !WORD_END.test(title.slice(Math.max(0, start - 2), start));
