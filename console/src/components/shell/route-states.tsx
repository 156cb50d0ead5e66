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

/** How browsers and the bundler say that a file of the console did not arrive. */
const NOT_LOADED = /preload|dynamically imported module|importing a module|module script failed/i;

/** A file that did not arrive, or a fault of the console itself: say what it was, and let the rest of the console go on. */
export const RouteFailed = ({ error }: ErrorComponentProps): ReactNode => {
  const said = error instanceof Error ? error.message : String(error);
  const isNotLoaded = NOT_LOADED.test(said);
  return (
    <Page>
      <h1>{isNotLoaded ? "Parapet does not answer" : "This page failed"}</h1>
      <Empty
        title={
          isNotLoaded
            ? "This page could not be fetched: the server is stopped, out of reach, or was upgraded meanwhile."
            : "The rest of the console goes on."
        }
      >
        <p>{said}</p>
        <div>
          <Button variant="default" size="xs" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        </div>
      </Empty>
    </Page>
  );
};
