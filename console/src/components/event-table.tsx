import type { Event } from "@parapet/model";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { shortId } from "./format.ts";
import { AbsoluteTime } from "./time.tsx";
import { Untrusted } from "./untrusted.tsx";
import classes from "./event-table.module.css";

/** Events as they are stored, each with its body folded and a link to its exchange. */
export const EventTable = ({
  events,
  label,
}: {
  readonly events: readonly Event[];
  readonly label: string;
}): ReactNode => (
  <div className={classes.scroller} tabIndex={0} role="group" aria-label={label}>
    <table className="plain">
      <thead>
        <tr>
          <th>Time</th>
          <th>Source</th>
          <th>Kind</th>
          <th>Who</th>
          <th>What</th>
          <th>Exchange</th>
          <th>Event</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr key={event.id}>
            <td className={classes.whole}>
              <AbsoluteTime time={event.time} />
            </td>
            <td className={classes.whole}>{event.source}</td>
            <td className={classes.whole}>
              <Untrusted text={event.kind} />
            </td>
            <td className={classes.name}>
              <Untrusted text={event.principal ?? event.agent ?? ""} />
            </td>
            <td className={classes.name}>
              <Untrusted text={event.asset ?? event.model ?? event.route ?? ""} />
            </td>
            <td className={classes.whole}>
              {event.exchange === undefined ? null : (
                <Link to="/exchanges/$id" params={{ id: event.exchange }}>
                  {shortId(event.exchange)}
                </Link>
              )}
            </td>
            <td>
              <details>
                <summary>{shortId(event.id)}</summary>
                <pre className={classes.body} tabIndex={0} aria-label={`Body of ${shortId(event.id)}`}>
                  <Untrusted text={JSON.stringify(event.body, null, 1)} />
                </pre>
              </details>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
