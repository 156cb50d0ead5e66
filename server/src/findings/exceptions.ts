import type { Finding, FindingException, Timestamp } from "@parapet/model";

const fits = (wanted: string, value: string | undefined): boolean =>
  value !== undefined && (wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted);

/** The exception that holds longest for a finding of this rule and group at this time. */
export const exceptionFor = (
  finding: Pick<Finding, "rule" | "entities">,
  exceptions: readonly FindingException[],
  now: Timestamp,
): FindingException | undefined =>
  exceptions
    .filter(
      ({ rule, where, expiresAt }) =>
        rule === finding.rule &&
        expiresAt > now &&
        Object.entries(where).every(([field, wanted]) => fits(wanted, finding.entities[field])),
    )
    .toSorted((left, right) => (left.expiresAt < right.expiresAt ? 1 : -1))[0];
