import { CloseButton } from "@mantine/core";
import type { CoverageItem } from "@parapet/model";
import type { Coverage } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Panel } from "../../components/panel.tsx";
import { Time } from "../../components/time.tsx";
import classes from "./page.module.css";

/** By what one attack could be seen, and what would let it be seen. */
export const ItemDetail = ({
  item,
  coverage,
  onClose,
}: {
  readonly item: CoverageItem;
  readonly coverage: Coverage;
  readonly onClose: () => void;
}): ReactNode => (
  <Panel
    title={`${item.id.toUpperCase()} ${item.name}`}
    aside={<CloseButton size="sm" aria-label="Close" onClick={onClose} />}
  >
    <p>{sentenceOf(item)}</p>
    {item.signals.length === 0 ? null : (
      <ul className={classes.signals}>
        {item.signals.map((signal) => {
          const known = coverage.signals.find(({ id }) => id === signal.id);
          return (
            <li key={signal.id}>
              <Link to="/findings" search={{ rule: signal.id, status: "all" }}>
                {known?.title ?? signal.id}
              </Link>{" "}
              <span className="soft">
                {signal.live ? "live" : "no live source"}, reads {signal.sources.join(", ") || "nothing"}
                {known?.lastFound === undefined ? "; found nothing yet" : "; last found "}
                {known?.lastFound === undefined ? null : <Time time={known.lastFound} />}
              </span>
            </li>
          );
        })}
      </ul>
    )}
  </Panel>
);

const sentenceOf = ({ state, outside, closedBy }: CoverageItem): string => {
  switch (state) {
    case "covered":
      return "Every rule for it has a source that sends.";
    case "partial":
      return "Some of its rules wait for sources that do not send.";
    case "blind":
      return closedBy === undefined
        ? "Its rules read sources that nobody can connect here."
        : `Its rules read sources that do not send. Cheapest to connect: ${closedBy.source}.`;
    case "unwatched":
      return "No rule looks for it. Write one in the folder of rules with its tag.";
    case "outside":
      return `Nothing that arrives here can show it: it ${outside ?? "happens elsewhere"}.`;
  }
};
