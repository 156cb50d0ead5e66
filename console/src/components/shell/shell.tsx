import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { problemFrom } from "../../api/problem.ts";
import { sessionQuery } from "../../api/queries.ts";
import { Loading, ProblemText } from "../states.tsx";
import { useKeys } from "./keys.ts";
import { Navigation } from "./navigation.tsx";
import { PLACES, placeOf } from "./places.ts";
import { TopBar } from "./top-bar.tsx";
import classes from "./shell.module.css";

const KeyList = lazy(async () => ({ default: (await import("./key-list.tsx")).KeyList }));
const SignInPage = lazy(async () => ({ default: (await import("../../pages/sign-in/page.tsx")).SignInPage }));

const ApprovalLinkPage = lazy(async () => ({
  default: (await import("../../pages/approvals/link-page.tsx")).ApprovalLinkPage,
}));
const LINK = "link=";

/** The frame of every page. Who is not signed in sees the sign-in at the same address. */
export const Shell = (): ReactNode => {
  const session = useQuery(sessionQuery);
  // A signed link stands for one person and one approval, whoever is signed in here.
  const link = useRouterState({
    select: ({ location: { pathname, hash } }) =>
      pathname.startsWith("/approvals/") && hash.startsWith(LINK) ? hash.slice(LINK.length) : undefined,
  });
  if (link !== undefined)
    return (
      <Suspense fallback={null}>
        <ApprovalLinkPage token={link} />
      </Suspense>
    );
  if (session.isPending) {
    return (
      <div className={classes.waiting}>
        <Loading height={48} label="Looking whether you are signed in" />
      </div>
    );
  }
  if (session.data === undefined) {
    return (
      <main className={classes.waiting}>
        <h1>Parapet</h1>
        <ProblemText problem={problemFrom(session.error)}>
          <p>
            Is it running? Start it with <code>npm start</code>; this page tries again by itself when you reload it.
          </p>
        </ProblemText>
      </main>
    );
  }
  if (session.data === null) {
    return (
      <Suspense fallback={null}>
        <SignInPage />
      </Suspense>
    );
  }
  return <Frame />;
};

const Frame = (): ReactNode => {
  const navigate = useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const main = useRef<HTMLElement>(null);
  const [keysOpen, keysShown] = useDisclosure(false);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const places = PLACES.map((place) => [`g ${place.key}`, () => void navigate({ to: place.to })] as const);
  useKeys({ "/": () => search.current?.focus(), "?": () => keysShown.toggle(), ...Object.fromEntries(places) });
  useEffect(() => {
    const place = placeOf(pathname);
    document.title = place === undefined ? "Parapet" : `${place.label} · Parapet`;
    main.current?.scrollTo({ top: 0 });
  }, [pathname]);
  return (
    <div className={classes.frame}>
      <a
        className={classes.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <Navigation />
      <TopBar searchRef={search} onKeys={keysShown.open} />
      <main id="main" ref={main} className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      {keysOpen ? (
        <Suspense fallback={null}>
          <KeyList opened onClose={keysShown.close} />
        </Suspense>
      ) : null}
    </div>
  );
};
