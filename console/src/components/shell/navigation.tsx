import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { approvalsQuery } from "../../api/queries.ts";
import { plural } from "../format.ts";
import { Icon } from "../icons.tsx";
import { PLACES, placeOf } from "./places.ts";
import classes from "./shell.module.css";

/** How many calls wait for a person, wherever one is. */
const Waiting = (): ReactNode => {
  const { data } = useQuery(approvalsQuery);
  if (data === undefined || data.pending === 0) return null;
  return (
    <span className={classes.waits} title={`${plural(data.pending, "approval")} waiting`}>
      {data.pending}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
};

export const Navigation = (): ReactNode => {
  const here = useRouterState({ select: (state) => placeOf(state.location.pathname)?.to });
  return (
    <nav className={classes.navigation} aria-label="Places">
      <Link to="/" className={classes.name} aria-label="Parapet, overview">
        <svg width="18" height="18" viewBox="0 0 32 32" aria-hidden="true">
          <path fill="currentColor" d="M3 27V7h6v5h4V7h6v5h4V7h6v20z" />
        </svg>
        <span>Parapet</span>
      </Link>
      {PLACES.map((place) => (
        <Link
          key={place.to}
          to={place.to}
          className={classes.place}
          data-status={place.to === here ? "active" : undefined}
          aria-current={place.to === here ? "page" : undefined}
          activeOptions={{ exact: place.to === "/", includeSearch: false }}
        >
          <Icon name={place.icon} />
          <span className={classes.label}>{place.label}</span>
          {place.to === "/approvals" ? <Waiting /> : null}
        </Link>
      ))}
    </nav>
  );
};
