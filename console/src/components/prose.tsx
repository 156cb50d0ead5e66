import type { ReactNode } from "react";
import { unwrapped } from "../text/prose.ts";
import { Sentence } from "./sentence.tsx";
import classes from "./prose.module.css";

/** Paragraphs and points of ours, as wide as is read well, whatever lines they were written in. */
export const Prose = ({ text }: { readonly text: string }): ReactNode => (
  <p className={classes.prose}>
    <Sentence text={unwrapped(text)} />
  </p>
);
