import type { AgentRisk } from "@parapet/model/api";
import type { ReactNode } from "react";
import classes from "./page.module.css";

const SHAPES: Readonly<Record<AgentRisk["level"], string>> = { low: "◇", medium: "◆", high: "▲" };

/** Shape and word; colour only where somebody has to look. */
export const RiskText = ({ level }: Pick<AgentRisk, "level">): ReactNode => (
  <span className={classes.risk} data-level={level}>
    <span aria-hidden="true">{SHAPES[level]}</span> {level}
  </span>
);
