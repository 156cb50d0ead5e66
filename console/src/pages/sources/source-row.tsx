import type { CatalogueEntry, SourceStatus } from "@parapet/model/api";
import { useState, type ReactNode } from "react";
import { bytes, count, duration, plural } from "../../components/format.ts";
import { Facts, Folded } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Time } from "../../components/time.tsx";
import { Setup } from "./connect.tsx";
import { DeadLetters } from "./dead-letters.tsx";
import { STATE_WORDS } from "./state.ts";
import classes from "./page.module.css";

const rate = (perSecond: number): string =>
  perSecond === 0 ? "0" : perSecond < 10 ? perSecond.toFixed(1) : count(perSecond);

/** One connected source: how it is at a glance, everything else when opened. */
export const SourceRow = ({
  source,
  entry,
}: {
  readonly source: SourceStatus;
  readonly entry: CatalogueEntry | undefined;
}): ReactNode => {
  const [open, setOpen] = useState(false);
  const { shape, word } = STATE_WORDS[source.state];
  return (
    <li className={classes.source}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className={classes.state} data-state={source.state}>
            <span aria-hidden="true">{shape}</span> {word}
          </span>
          <strong>{source.id}</strong>
          <span className="soft">{source.title}</span>
          <span className={classes.figures}>
            <span>{rate(source.eventsPerSecond)} events/s</span>
            <span>{source.lagMs === undefined ? "" : `${duration(source.lagMs)} behind`}</span>
            <span>{source.lastReceivedAt === undefined ? "" : <Time time={source.lastReceivedAt} />}</span>
          </span>
          {source.problem === undefined ? null : (
            <span className={classes.problem}>
              <Sentence text={source.problem} />
            </span>
          )}
        </summary>
        {open ? <Opened source={source} entry={entry} /> : null}
      </details>
    </li>
  );
};

const Opened = ({
  source,
  entry,
}: {
  readonly source: SourceStatus;
  readonly entry: CatalogueEntry | undefined;
}): ReactNode => (
  <div className={classes.opened}>
    <Facts
      facts={[
        ["Arrives by", source.transport === "http" ? `/ingest/${source.id}` : source.transport],
        ["Taken in", `${plural(source.events, "event")}, ${bytes(source.bytes)}`],
        ["Sent before", count(source.known)],
        ["Of no use here", count(source.skipped)],
        [
          "Could not be read",
          `${count(source.malformed)}${source.lost > 0 ? `, ${count(source.lost)} of them not kept` : ""}`,
        ],
        ["Refused over the quota", count(source.refused)],
        [
          "Quota",
          `${count(source.quota.eventsPerSecond)} events/s, ${bytes(source.quota.bytesPerDay)} a day; ${bytes(source.bytesToday)} today`,
        ],
        ["Clock", source.clockAheadMs === 0 ? "not seen ahead of this one" : `${duration(source.clockAheadMs)} ahead`],
        [
          "Silence",
          source.silentAfterMinutes === undefined
            ? "no alarm"
            : `an alarm after ${plural(source.silentAfterMinutes, "minute")}`,
        ],
        ["Texts are kept", source.capture],
      ]}
    />
    {source.deadLetters > 0 || source.malformed > 0 ? (
      <Folded
        title="Records that could not be read"
        summary={plural(source.deadLetters, "kept")}
        open={source.deadLetters > 0}
      >
        <DeadLetters source={source.id} />
      </Folded>
    ) : null}
    {entry === undefined ? null : (
      <Folded title="The sending side" summary="what to set there">
        <Setup entry={entry} />
      </Folded>
    )}
  </div>
);
