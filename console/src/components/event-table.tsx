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
            <td>
              <AbsoluteTime time={event.time} />
            </td>
            <td>{event.source}</td>
            <td>
              <Untrusted text={event.kind} />
            </td>
            <td>
              <Untrusted text={event.principal ?? event.agent ?? ""} />
            </td>
            <td>
              <Untrusted text={event.asset ?? event.model ?? event.route ?? ""} />
            </td>
            <td>
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
