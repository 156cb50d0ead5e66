import type { ExchangeDetail } from "@parapet/model/api";
import type { ReactNode } from "react";
import { duration } from "../../components/format.ts";
import { Folded } from "../../components/panel.tsx";
import { VisibleText } from "../../components/untrusted.tsx";

/** The records of this exchange, as they were made durable. */
export const TimelineFold = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => (
  <Folded title="Records" summary={`${exchange.timeline.length} in ${duration(exchange.latencyMs)}`}>
    <table className="plain">
      <thead>
        <tr>
          <th className="numbers" style={{ width: 72 }}>
            After
          </th>
          <th>What</th>
          <th>Record</th>
          <th className="numbers" style={{ width: 72 }}>
            Leaf
          </th>
        </tr>
      </thead>
      <tbody>
        {exchange.timeline.map((step) => (
          <tr key={step.record}>
            <td className="numbers">{duration(step.offsetMs)}</td>
            <td>
              <VisibleText text={step.what} />
            </td>
            <td>
              <code title={step.record}>{step.kind}</code>
            </td>
            <td className="numbers">{step.evidence?.index ?? ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Folded>
);
