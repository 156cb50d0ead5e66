import type { ExchangeDetail } from "@parapet/model/api";
import type { ReactNode } from "react";
import { OutcomeText } from "../../components/badges.tsx";
import { Folded } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { groupByReason, isPart, summarise } from "./receipt.ts";
import classes from "./receipt-fold.module.css";

/** What each detector did with each part. */
export const ReceiptFold = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const { segments } = exchange;
  const receipt = exchange.receipt.filter(isPart);
  const detectors = [...new Map(receipt.map((entry) => [entry.detector, entry.version]))];
  const rows = [...new Set(receipt.map((entry) => entry.segment))].toSorted((a, b) => a - b);
  const groups = groupByReason(exchange.receipt);
  return (
    <Folded title="Coverage receipt" summary={summarise(exchange.receipt)}>
      {groups.length === 0 ? null : (
        <table className="plain">
          <thead>
            <tr>
              <th>Outcome</th>
              <th>Why</th>
              <th>Parts</th>
              <th>Detectors</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={`${group.outcome} ${group.reason}`}>
                <td>
                  <OutcomeText outcome={group.outcome} />
                </td>
                <td>
                  <Sentence text={group.reason} />
                </td>
                <td>{group.segments.length === 0 ? "not text" : group.segments.join(", ")}</td>
                <td>
                  {group.detectors.length === 0
                    ? "none can read it"
                    : group.detectors.length === detectors.length && detectors.length > 1
                      ? "all"
                      : group.detectors.join(", ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Part by detector">
        <table className={classes.matrix}>
          <thead>
            <tr>
              <th>Part</th>
              {detectors.map(([detector, version]) => (
                <th key={detector} className={classes.detector} title={`${detector} ${version}`}>
                  <span>{detector}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((index) => (
              <tr key={index}>
                <th className={classes.part}>
                  {index}{" "}
                  <span className="soft">{segments.find((segment) => segment.index === index)?.provenance ?? ""}</span>
                </th>
                {detectors.map(([detector]) => {
                  const entry = receipt.find(
                    (candidate) => candidate.segment === index && candidate.detector === detector,
                  );
                  return (
                    <td
                      key={detector}
                      className={classes.outcome}
                      title={
                        entry === undefined
                          ? undefined
                          : `${entry.outcome}${entry.reason === undefined ? "" : `: ${entry.reason}`}`
                      }
                    >
                      {entry === undefined ? "" : <OutcomeText outcome={entry.outcome} brief />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Folded>
  );
};
