import { Fragment, type ReactNode } from "react";
import { toVisible } from "../text/visible.ts";
import classes from "./untrusted.module.css";

/** Text that others wrote, inline: hidden characters drawn, direction kept to itself, never markup. */
export const Untrusted = ({ text }: { readonly text: string }): ReactNode => (
  <bdi className={classes.inline}>
    <VisibleText text={text} />
  </bdi>
);

export const VisibleText = ({ text }: { readonly text: string }): ReactNode =>
  toVisible(text).map((piece, position) =>
    piece.kind === "text" ? (
      <Fragment key={position}>{piece.text}</Fragment>
    ) : (
      <span key={position} className={classes.token} title={piece.title}>
        {piece.label}
      </span>
    ),
  );
