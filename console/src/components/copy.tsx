import { ActionIcon } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { ReactNode } from "react";
import { shortId } from "./format.ts";
import { Icon } from "./icons.tsx";
import classes from "./copy.module.css";

export const CopyButton = ({ text, label }: { readonly text: string; readonly label: string }): ReactNode => {
  const clipboard = useClipboard({ timeout: 1_500 });
  const said = clipboard.error === null ? "Copied" : "This browser refused to copy";
  const name = clipboard.copied || clipboard.error !== null ? said : label;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={24}
      title={name}
      aria-label={name}
      onClick={(event) => {
        event.stopPropagation();
        clipboard.copy(text);
      }}
    >
      <Icon name={clipboard.copied ? "check" : "copy"} size={14} />
    </ActionIcon>
  );
};

/** Ids are short to read and whole to copy. */
export const Id = ({ id, what = "id" }: { readonly id: string; readonly what?: string }): ReactNode => (
  <span className={classes.id}>
    <code title={id}>{shortId(id)}</code>
    <CopyButton text={id} label={`Copy ${what}`} />
  </span>
);

/** A command, key or text to take away, on a ground of its own. */
export const CopyBlock = ({
  text,
  label,
  lines,
}: {
  readonly text: string;
  readonly label: string;
  readonly lines?: boolean;
}): ReactNode => (
  <div className={classes.block}>
    <pre tabIndex={0} aria-label={label} data-wrap={lines === true ? undefined : ""}>
      {text}
    </pre>
    <CopyButton text={text} label={`Copy ${label}`} />
  </div>
);
