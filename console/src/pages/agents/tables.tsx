import type { Grant, NotableCall, ToolUse } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { count, shortId } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const STATES: Readonly<Record<Grant["state"], string>> = {
  outside: "▲ used, not granted",
  unused: "◇ not used",
  used: "✓ used",
};

const Exchange = ({ id }: { readonly id: string }): ReactNode =>
  id === "" ? (
    <span className="soft">told by a source</span>
  ) : (
    <Link to="/exchanges/$id" params={{ id }} title={id}>
      <code>{shortId(id)}</code>
    </Link>
  );

/** Granted and used side by side. */
export const Grants = ({ grants }: { readonly grants: readonly Grant[] }): ReactNode => (
  <Panel title="Granted and used">
    <div className={classes.table} tabIndex={0} role="group" aria-label="Granted and used">
      <table className="plain">
        <thead>
          <tr>
            <th>Kind</th>
            <th>Name</th>
            <th>State</th>
            <th>In the file</th>
            <th>Confirmed here</th>
            <th className="numbers">Calls</th>
            <th>Last used</th>
          </tr>
        </thead>
        <tbody>
          {grants.map((one) => (
            <tr key={`${one.kind} ${one.name}`}>
              <td>{one.kind}</td>
              <td>
                <Untrusted text={one.name} />
              </td>
              <td>{STATES[one.state]}</td>
              <td>{one.inFile ? "yes" : "no"}</td>
              <td>{one.confirmed ? "yes" : "no"}</td>
              <td className="numbers">{count(one.calls)}</td>
              <td>{one.lastSeen === undefined ? "" : <Time time={one.lastSeen} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </Panel>
);

export const Tools = ({ tools }: { readonly tools: readonly ToolUse[] }): ReactNode => (
  <Panel title="Tools it called">
    <div className={classes.table} tabIndex={0} role="group" aria-label="Tools it called">
      <table className="plain">
        <thead>
          <tr>
            <th>Tool</th>
            <th>Server</th>
            <th>Effects</th>
            <th className="numbers">Calls</th>
            <th className="numbers">Stopped</th>
            <th className="numbers">Held</th>
            <th className="numbers">Sessions</th>
            <th>Last</th>
            <th>Exchange</th>
          </tr>
        </thead>
        <tbody>
          {tools.map((one) => (
            <tr key={`${one.server}/${one.tool}`}>
              <td>
                <Untrusted text={one.tool} />
              </td>
              <td>
                <Untrusted text={one.server} />
              </td>
              <td>{one.effects.join(", ")}</td>
              <td className="numbers">{count(one.calls)}</td>
              <td className="numbers">{count(one.stopped)}</td>
              <td className="numbers">{count(one.held)}</td>
              <td className="numbers">{count(one.sessions)}</td>
              <td>
                <Time time={one.lastSeen} />
              </td>
              <td>
                <Exchange id={one.lastExchange} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </Panel>
);

/** Calls that did not pass, or passed only because the route observes. */
export const Notable = ({ calls }: { readonly calls: readonly NotableCall[] }): ReactNode => (
  <Panel title="Stopped and held">
    <div className={classes.table} tabIndex={0} role="group" aria-label="Stopped and held calls, newest first">
      <table className="plain">
        <thead>
          <tr>
            <th>Time</th>
            <th>Tool</th>
            <th>What became of it</th>
            <th>Policy</th>
            <th>Exchange</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((one, position) => (
            <tr key={`${one.exchange} ${position}`}>
              <td>
                <Time time={one.time} />
              </td>
              <td>
                <Untrusted text={one.tool} />
              </td>
              <td>{one.fate === "observed" ? "passed, for the route observes" : one.fate}</td>
              <td>
                {one.policy === undefined ? (
                  ""
                ) : (
                  <Link to="/policies" search={{ policy: one.policy }}>
                    {one.policy}
                  </Link>
                )}
              </td>
              <td>
                <Exchange id={one.exchange} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </Panel>
);
