import { NativeSelect, TextInput } from "@mantine/core";
import { DIMENSIONS } from "@parapet/model";
import type { BehaviourSubject } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { count } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import { stateWords } from "./words.ts";
import classes from "./page.module.css";

const ALL = "all";

/** Everybody of whom something is known, with how much. */
export const Subjects = ({ items }: { readonly items: readonly BehaviourSubject[] }): ReactNode => {
  const [dimension, setDimension] = useState(ALL);
  const [text, setText] = useState("");
  const shown = items.filter(
    (one) => (dimension === ALL || one.dimension === dimension) && one.id.toLowerCase().includes(text.toLowerCase()),
  );
  return (
    <Panel title="Baselines">
      <div className={classes.choices}>
        <NativeSelect
          size="xs"
          label="Of"
          data={[ALL, ...DIMENSIONS]}
          value={dimension}
          onChange={(event) => setDimension(event.currentTarget.value)}
        />
        <TextInput size="xs" label="Name" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      </div>
      <div className={classes.table} tabIndex={0} role="group" aria-label="Baselines">
        <table className="plain">
          <thead>
            <tr>
              <th>Name</th>
              <th>Of</th>
              <th>State</th>
              <th className="numbers">Events a day</th>
              <th className="numbers">Anomalies</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={`${one.dimension} ${one.id}`}>
                <td>
                  <Link to="/behaviour" search={{ dimension: one.dimension, id: one.id }}>
                    <Untrusted text={one.id} />
                  </Link>
                </td>
                <td>{one.dimension}</td>
                <td>{stateWords(one)}</td>
                <td className="numbers">{count(one.eventsPerDay)}</td>
                <td className="numbers">{one.anomalies}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
};
