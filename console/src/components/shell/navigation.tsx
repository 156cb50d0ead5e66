import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Icon } from "../icons.tsx";
import { PLACES, placeOf } from "./places.ts";
import classes from "./shell.module.css";

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
          <span>{place.label}</span>
        </Link>
      ))}
    </nav>
  );
};
