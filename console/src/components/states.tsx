import { Button, Skeleton } from "@mantine/core";
import type { Problem } from "@parapet/model/api";
import type { ReactNode } from "react";
import { problemFrom } from "../api/problem.ts";
import { age } from "./format.ts";
import { useNow } from "./time.tsx";
import classes from "./states.module.css";

/** Keeps the place that the content will take. */
export const Loading = ({
  height = 160,
  label = "Loading",
}: {
  readonly height?: number | string;
  readonly label?: string;
}): ReactNode => (
  <div aria-busy="true" role="status">
    <span className="visually-hidden">{label}</span>
    <Skeleton height={height} radius="sm" />
  </div>
);

/** Says how to fill what is empty. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode => (
  <div className={classes.empty}>
    <p className={classes.title}>{title}</p>
    {children}
  </div>
);

/** The cause in the server's own words, and the field it speaks of. */
export const ProblemText = ({
  problem,
  children,
}: {
  readonly problem: Problem;
  readonly children?: ReactNode;
}): ReactNode => (
  <div className={classes.problem} role="alert">
    <p>
      <strong>{/[.!?]$/.test(problem.title) ? problem.title : `${problem.title}.`}</strong> {problem.detail}
    </p>
    {problem.errors?.map((error) => (
      <p key={`${error.path} ${error.message}`}>
        <code>{error.path}</code> {error.message}
      </p>
    ))}
    {problem.status === 403 ? (
      <p className="soft">Your role does not allow this; an administrator can change it.</p>
    ) : null}
    {problem.status === 404 ? (
      <p className="soft">The address may have been cut, or what it named is older than what is kept.</p>
    ) : null}
    {children}
  </div>
);

export const Failed = ({ error, retry }: { readonly error: unknown; readonly retry: () => void }): ReactNode => (
  <ProblemText problem={problemFrom(error)}>
    <Button variant="default" size="xs" onClick={retry}>
      Try again
    </Button>
  </ProblemText>
);

/** Old data stays on the screen, with its age and why it is not newer. */
export const Stale = ({ error, updatedAt }: { readonly error: unknown; readonly updatedAt: number }): ReactNode => {
  const now = useNow(5_000);
  return (
    <p className={classes.stale} role="status">
      Shown as of {age(now - updatedAt)}; refreshing fails: {problemFrom(error).title.replace(/\.$/, "")}.
    </p>
  );
};

interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly dataUpdatedAt: number;
  readonly refetch: () => unknown;
}

/** Loading, failure and stale data, the same on every page; `title` heads the page until its own heading is there. */
export const Loaded = <T,>({
  query,
  height,
  title,
  children,
}: {
  readonly query: QueryLike<T>;
  readonly height?: number | string;
  readonly title?: string;
  readonly children: (data: T) => ReactNode;
}): ReactNode => {
  if (query.data === undefined) {
    const heading = title === undefined ? null : <h1>{title}</h1>;
    if (query.error !== null)
      return (
        <>
          {heading}
          <Failed error={query.error} retry={() => query.refetch()} />
        </>
      );
    return (
      <>
        {heading}
        {height === undefined ? <Loading /> : <Loading height={height} />}
      </>
    );
  }
  return (
    <>
      {query.error === null ? null : <Stale error={query.error} updatedAt={query.dataUpdatedAt} />}
      {children(query.data)}
    </>
  );
};
