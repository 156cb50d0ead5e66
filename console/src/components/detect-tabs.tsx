import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { DETECT_TABS } from "./shell/places.ts";
import classes from "./detect-tabs.module.css";

/** The pages of the place "Detect", on top of each of them. */
export const DetectTabs = (): ReactNode => (
  <nav className={classes.tabs} aria-label="Detect">
    {DETECT_TABS.map(({ to, label }) => (
      <Link key={to} to={to} className={classes.tab} activeOptions={{ includeSearch: false }}>
        {label}
      </Link>
    ))}
  </nav>
);
