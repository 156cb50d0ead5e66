import type { ReactNode } from "react";
import classes from "./panel.module.css";

/** A titled part of a page. */
export const Panel = ({
  title,
  aside,
  id,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly id?: string;
  readonly children: ReactNode;
}): ReactNode => (
  <section className={classes.panel} id={id} aria-label={title}>
    <div className={classes.head}>
      <h2>{title}</h2>
      {aside}
    </div>
    {children}
  </section>
);

/** Closed until wanted; the summary says what is inside. */
export const Folded = ({
  title,
  summary,
  open,
  children,
}: {
  readonly title: string;
  readonly summary: ReactNode;
  readonly open?: boolean;
  readonly children: ReactNode;
}): ReactNode => (
  <details className={classes.folded} open={open}>
    <summary>
      <h2>{title}</h2> <span className="soft">{summary}</span>
    </summary>
    <div className={classes.body}>{children}</div>
  </details>
);

/** A page's column. */
export const Page = ({ children, wide }: { readonly children: ReactNode; readonly wide?: boolean }): ReactNode => (
  <div className={classes.page} data-wide={wide === true ? "" : undefined}>
    {children}
  </div>
);

/** Name and value pairs. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }): ReactNode => (
  <dl className={classes.facts}>
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
