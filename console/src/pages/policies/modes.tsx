import { Button } from "@mantine/core";
import type { Mode } from "@parapet/model";
import type { PoliciesResponse, Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { changeMode } from "../../api/changes.ts";
import { modePreviewQuery } from "../../api/queries.ts";
import { count, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { useSince } from "../../components/shell/top-bar.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import classes from "./page.module.css";

type Route = PoliciesResponse["routes"][number];

/** Observe first, then see what enforcing would have done, then enforce; and back in one click. */
export const Modes = ({ routes }: { readonly routes: readonly Route[] }): ReactNode => {
  const [changing, setChanging] = useState<string>();
  const mayChange = useMay("administrator");
  return (
    <ul className={classes.routes}>
      {routes.map((route) => {
        const next: Mode = route.mode === "observe" ? "enforce" : "observe";
        return (
          <li key={route.id} className={classes.route}>
            <div className="row">
              <strong>{route.id}</strong>
              <code className="soft">{route.path}</code>
              <span>{route.mode === "enforce" ? "■ enforces" : "◔ observes"}</span>
              {route.mode === route.configuredMode ? null : (
                <span className="soft">set here; the file says {route.configuredMode}</span>
              )}
              {mayChange ? (
                <Button
                  className="push"
                  size="xs"
                  variant="default"
                  aria-expanded={changing === route.id}
                  aria-label={next === "enforce" ? `Enforce… on ${route.id}` : `Only observe… on ${route.id}`}
                  onClick={() => setChanging(changing === route.id ? undefined : route.id)}
                >
                  {next === "enforce" ? "Enforce…" : "Only observe…"}
                </Button>
              ) : null}
            </div>
            {changing === route.id ? <Change route={route} next={next} onDone={() => setChanging(undefined)} /> : null}
          </li>
        );
      })}
    </ul>
  );
};

const Change = ({
  route,
  next,
  onDone,
}: {
  readonly route: Route;
  readonly next: Mode;
  readonly onDone: () => void;
}): ReactNode => {
  const queryClient = useQueryClient();
  const since = useSince();
  const preview = useQuery(modePreviewQuery(route.id, next, since));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const apply = async (): Promise<void> => {
    setBusy(true);
    const result = await changeMode(route.id, next);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    await queryClient.invalidateQueries({ queryKey: ["policies"] });
    onDone();
  };
  return (
    <div className={classes.change}>
      <Loaded query={preview} height={60}>
        {({ exchanges, wouldChange, byPolicy }) => (
          <>
            <p>
              {next === "enforce" ? "Over the last " : "While observing, over the last "}
              {since}, of{" "}
              <Link to="/exchanges" search={{ route: route.id }}>
                {plural(exchanges, "exchange")}
              </Link>{" "}
              through {route.id}, <strong>{count(wouldChange)}</strong>{" "}
              {next === "enforce"
                ? "would have been stopped or changed."
                : "would have passed that were stopped or changed."}
            </p>
            {byPolicy.length === 0 ? null : (
              <table className="plain">
                <thead>
                  <tr>
                    <th>By policy</th>
                    <th className="numbers">Exchanges</th>
                  </tr>
                </thead>
                <tbody>
                  {byPolicy.map((row) => (
                    <tr key={row.policy}>
                      <td>
                        <Link to="/policies" search={{ policy: row.policy }}>
                          {row.policy}
                        </Link>
                      </td>
                      <td className="numbers">
                        <Link to="/exchanges" search={{ route: route.id, policy: row.policy }}>
                          {count(row.count)}
                        </Link>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {exchanges === 0 ? (
              <p className="soft">
                Nothing went through this route in that time, so this says little. Choose a longer time range above.
              </p>
            ) : null}
            <div className="row">
              <Button size="xs" loading={busy} onClick={() => void apply()}>
                {next === "enforce" ? `Enforce on ${route.id}` : `Only observe on ${route.id}`}
              </Button>
              <Button size="xs" variant="default" onClick={onDone}>
                Leave it
              </Button>
              <span className="soft">Takes effect at once, is recorded as evidence, and can be changed back here.</span>
            </div>
          </>
        )}
      </Loaded>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </div>
  );
};
