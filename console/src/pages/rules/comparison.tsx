import type { RuleComparison } from "@parapet/model/api";
import type { ReactNode } from "react";
import { DiagnosticList } from "../../components/diagnostic-list.tsx";
import { EventTable } from "../../components/event-table.tsx";
import { plural } from "../../components/format.ts";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const sentence = ({ isNew, both, onlyInForce, onlyChanged, complete, inForce }: RuleComparison): string => {
  const what = inForce.fired === undefined ? "event" : "group";
  const flips = isNew
    ? `A new rule: it would have held for ${plural(onlyChanged, what)}.`
    : `${plural(both, what)} found by both, ${onlyInForce} not found any more, ${onlyChanged} found besides.`;
  return complete ? flips : `${flips} There was more than could be read; the newest was.`;
};

/** What another text of a rule finds differently, in both directions, with samples. */
export const Comparison = ({ comparison }: { readonly comparison: RuleComparison }): ReactNode => (
  <div className="stack tight">
    <p role="status">{sentence(comparison)}</p>
    {comparison.tests.failed.length === 0 ? (
      <p className="soft">{plural(comparison.tests.passed, "case")} of its own passed.</p>
    ) : (
      <p className={classes.failed}>Its own cases fail: {comparison.tests.failed.join(", ")}.</p>
    )}
    <DiagnosticList diagnostics={comparison.diagnostics} />
    <Flips title="Not found any more" events={comparison.lost} groups={comparison.lostGroups} />
    <Flips title="Found besides" events={comparison.gained} groups={comparison.gainedGroups} />
  </div>
);

const Flips = ({
  title,
  events,
  groups,
}: {
  readonly title: string;
  readonly events: RuleComparison["lost"];
  readonly groups: RuleComparison["lostGroups"];
}): ReactNode =>
  events.length === 0 && groups.length === 0 ? null : (
    <section aria-label={title}>
      <h3 className="small">{title}</h3>
      {events.length === 0 ? null : <EventTable events={events} label={title} />}
      {groups.length === 0 ? null : (
        <ul className={classes.groups}>
          {groups.map((group) => (
            <li key={JSON.stringify(group)}>
              <Untrusted text={Object.values(group).join(", ")} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
