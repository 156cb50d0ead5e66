import { Button } from "@mantine/core";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Page } from "../panel.tsx";
import { Empty } from "../states.tsx";

export const NotFound = (): ReactNode => (
  <Page>
    <h1>There is no such page</h1>
    <Empty title="The address may have been cut when it was copied.">
      <Link to="/">Overview</Link>
    </Empty>
  </Page>
);

/** A fault of the console itself: say what it was, and let the rest of the console go on. */
export const RouteFailed = ({ error }: ErrorComponentProps): ReactNode => (
  <Page>
    <h1>This page failed</h1>
    <Empty title="The rest of the console goes on.">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <div>
        <Button variant="default" size="xs" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      </div>
    </Empty>
  </Page>
);
