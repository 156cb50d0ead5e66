import type { Provenance } from "@parapet/model";
import type { ReactNode } from "react";
import { provenanceGroup } from "../badges.tsx";
import classes from "./provenance.module.css";

const explained: Readonly<Record<ReturnType<typeof provenanceGroup>, string>> = {
  operator: "written by whoever runs the application",
  user: "written by the authenticated user",
  untrusted: "written by somebody who is neither the operator nor the user",
  arguments: "arguments that the model chose",
  model: "written by the model",
};

/** A coloured edge with the word: who could have written what stands inside. */
export const ProvenanceEdge = ({
  provenance,
  children,
}: {
  readonly provenance: Provenance;
  readonly children: ReactNode;
}): ReactNode => (
  <div className={classes.edge} data-group={provenanceGroup(provenance)}>
    {children}
  </div>
);

export const ProvenanceWord = ({ provenance }: { readonly provenance: Provenance }): ReactNode => {
  const group = provenanceGroup(provenance);
  return (
    <span className={classes.word} data-group={group} title={explained[group]}>
      {provenance}
      {group === "untrusted" ? " · untrusted" : ""}
    </span>
  );
};
