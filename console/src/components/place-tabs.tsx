import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AGENT_TABS, DETECT_TABS } from "./shell/places.ts";
import classes from "./place-tabs.module.css";

/** The pages of one place, on top of each of them. */
export const PlaceTabs = ({
  label,
  tabs,
}: {
  readonly label: string;
  readonly tabs: typeof AGENT_TABS | typeof DETECT_TABS;
}): ReactNode => (
  <nav className={classes.tabs} aria-label={label}>
    {tabs.map((tab) => (
      <Link key={tab.to} to={tab.to} className={classes.tab} activeOptions={{ includeSearch: false }}>
        {tab.label}
      </Link>
    ))}
  </nav>
);
