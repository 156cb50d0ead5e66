import { CATEGORIES } from "@parapet/model";
import type { Overview } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, words } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

interface Props {
  readonly overview: Overview;
}

const Bar = ({ value, max }: { readonly value: number; readonly max: number }): ReactNode => (
  <div className={classes.bar} aria-hidden="true">
    <div style={{ width: `${Math.max(1, (100 * value) / Math.max(max, 1))}%` }} />
  </div>
);

const Nothing = ({ children }: { readonly children: ReactNode }): ReactNode => <p className="soft">{children}</p>;

export const Categories = ({ overview }: Props): ReactNode => {
  const rows = CATEGORIES.map((category) => ({ category, value: overview.byCategory[category] ?? 0 }))
    .filter(({ value }) => value > 0)
    .toSorted((a, b) => b.value - a.value);
  return (
    <Panel title="What was found">
      {rows.length === 0 ? <Nothing>Nothing was found in this time.</Nothing> : null}
      <table className="plain">
        <tbody>
          {rows.map(({ category, value }) => (
            <tr key={category}>
              <td>{words(category)}</td>
              <td className={classes.wide}>
                <Bar value={value} max={rows[0]?.value ?? 1} />
              </td>
              <td className="numbers">
                <Link
                  to="/exchanges"
                  search={{ category }}
                  aria-label={`${count(value)} exchanges with ${words(category)}`}
                >
                  {count(value)}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
};

export const Policies = ({ overview }: Props): ReactNode => (
  <Panel title="Policies that decided">
    {overview.topPolicies.length === 0 ? <Nothing>No policy applied in this time.</Nothing> : null}
    <table className="plain">
      <tbody>
        {overview.topPolicies.map(({ policy, count: value }) => (
          <tr key={policy}>
            <td>
              <Link to="/policies" search={{ policy }}>
                {policy}
              </Link>
            </td>
            <td className={classes.wide}>
              <Bar value={value} max={overview.topPolicies[0]?.count ?? 1} />
            </td>
            <td className="numbers">
              <Link to="/exchanges" search={{ policy }} aria-label={`${count(value)} exchanges decided by ${policy}`}>
                {count(value)}
              </Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);

/** Two cells, each a way to the exchanges that it counts. */
const Counts = (props: {
  readonly of: { readonly route: string } | { readonly principal: string };
  readonly exchanges: number;
  readonly stopped: number;
}): ReactNode => (
  <>
    <td className="numbers">
      <Link to="/exchanges" search={props.of}>
        {count(props.exchanges)}
      </Link>
    </td>
    <td className="numbers">
      <Link to="/exchanges" search={{ ...props.of, only: "stopped" }}>
        {count(props.stopped)}
      </Link>
    </td>
  </>
);

export const Routes = ({ overview }: Props): ReactNode => (
  <Panel title="Routes">
    <table className="plain">
      <thead>
        <tr>
          <th>Route</th>
          <th>Mode</th>
          <th className="numbers">Exchanges</th>
          <th className="numbers">Stopped</th>
        </tr>
      </thead>
      <tbody>
        {overview.routes.map(({ route, mode, exchanges, stopped }) => (
          <tr key={route}>
            <td>{route}</td>
            <td>
              <Link to="/policies" search={{ view: "modes" }}>
                {mode}
              </Link>
            </td>
            <Counts of={{ route }} exchanges={exchanges} stopped={stopped} />
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);

export const Principals = ({ overview }: Props): ReactNode => (
  <Panel title="Who">
    <table className="plain">
      <thead>
        <tr>
          <th>Principal</th>
          <th className="numbers">Exchanges</th>
          <th className="numbers">Stopped</th>
        </tr>
      </thead>
      <tbody>
        {overview.topPrincipals.map(({ principal, exchanges, stopped }) => (
          <tr key={principal}>
            <td>
              <Untrusted text={principal} />
            </td>
            <Counts of={{ principal }} exchanges={exchanges} stopped={stopped} />
          </tr>
        ))}
      </tbody>
    </table>
  </Panel>
);
