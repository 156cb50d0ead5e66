import type { ReactNode } from "react";
import classes from "./split.module.css";

/** A list that fills the page, with what is selected beside it where there is room. */
export const ListAndPreview = ({
  head,
  list,
  preview,
  label,
}: {
  readonly head: ReactNode;
  readonly list: ReactNode;
  readonly preview: ReactNode | undefined;
  readonly label: string;
}): ReactNode => (
  <div className={classes.page}>
    <div className={classes.head}>{head}</div>
    <div className={classes.split} data-preview={preview === undefined ? undefined : ""}>
      <div className={classes.list}>{list}</div>
      {preview === undefined ? null : (
        <aside className={classes.preview} aria-label={label} tabIndex={0}>
          {preview}
        </aside>
      )}
    </div>
  </div>
);
