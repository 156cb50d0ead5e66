import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./split.module.css";

/** A list that fills the page, with what is selected beside it, or in its place where there is no room for both. */
export const ListAndPreview = ({
  head,
  list,
  preview,
  label,
  onClose,
}: {
  readonly head: ReactNode;
  readonly list: ReactNode;
  readonly preview: ReactNode | undefined;
  readonly label: string;
  /** Back to the list, where there is no room for both. */
  readonly onClose: () => void;
}): ReactNode => (
  <div className={classes.page}>
    <div className={classes.head}>{head}</div>
    <div className={classes.split} data-preview={preview === undefined ? undefined : ""}>
      <div className={classes.list}>{list}</div>
      {preview === undefined ? null : (
        <aside className={classes.preview} aria-label={label} tabIndex={0}>
          <div className={classes.back}>
            <Button size="xs" variant="default" onClick={onClose}>
              ← Back to the list
            </Button>
          </div>
          {preview}
        </aside>
      )}
    </div>
  </div>
);
