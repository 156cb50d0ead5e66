import { Button } from "@mantine/core";
import type { Problem } from "@parapet/model/api";
import type { ExchangeDetail } from "@parapet/model/api";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { fetchProof } from "../../api/changes.ts";
import { unexpected } from "../../api/problem.ts";
import { evidenceQuery } from "../../api/queries.ts";
import { CopyBlock, CopyButton } from "../../components/copy.tsx";
import { Folded } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { verifyInclusion, type ProofStep } from "../../proof/verify.ts";
import classes from "./evidence-fold.module.css";

export const EvidenceFold = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const { evidence } = exchange;
  if (evidence === undefined) {
    return (
      <Folded title="Evidence" summary="recorded, waiting to be drained into the log">
        <p>The record is durable in the spool. Its place in the log appears here within seconds.</p>
      </Folded>
    );
  }
  const signed = evidence.checkpoint !== "";
  return (
    <Folded
      title="Evidence"
      summary={`leaf ${evidence.index}, ${signed ? "covered by a signed checkpoint" : "waiting for the next checkpoint"}`}
    >
      <p className={classes.hash}>
        Leaf {evidence.index}, hash <code>{evidence.leafHash}</code>{" "}
        <CopyButton text={evidence.leafHash} label="Copy leaf hash" />
      </p>
      {signed ? <CopyBlock label="checkpoint" text={evidence.checkpoint} /> : null}
      {signed ? <Verify exchange={exchange.id} index={evidence.index} leafHash={evidence.leafHash} /> : null}
    </Folded>
  );
};

/** Fetches the proof and checks it here, in the reader's browser. */
const Verify = ({
  exchange,
  index,
  leafHash,
}: {
  readonly exchange: string;
  readonly index: number;
  readonly leafHash: string;
}): ReactNode => {
  const status = useQuery(evidenceQuery);
  const [busy, setBusy] = useState(false);
  const [steps, setSteps] = useState<readonly ProofStep[]>();
  const [problem, setProblem] = useState<Problem>();
  const verifierKey = status.data?.verifierKey;
  const run = async (): Promise<void> => {
    if (verifierKey === undefined) return;
    setBusy(true);
    setProblem(undefined);
    setSteps(undefined);
    const proof = await fetchProof(index);
    if (!proof.ok) setProblem(proof.problem);
    else {
      try {
        setSteps(await verifyInclusion(proof.value, { exchange, leafHash, verifierKey }));
      } catch (error) {
        setProblem(
          unexpected(`/evidence/${index}/proof`, error instanceof Error ? error.message : "could not be verified", 0),
        );
      }
    }
    setBusy(false);
  };
  if (!("subtle" in crypto)) {
    return (
      <p>
        This page was not loaded over HTTPS or from this machine, so the browser offers no cryptography. Verify with{" "}
        <code>npx parapet evidence verify</code>.
      </p>
    );
  }
  const good = steps?.every((step) => step.ok) === true;
  return (
    <div className="stack tight">
      <div>
        <Button
          size="xs"
          variant="default"
          loading={busy}
          disabled={verifierKey === undefined}
          onClick={() => void run()}
        >
          Verify in this browser
        </Button>
      </div>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div aria-live="polite">
        {steps === undefined ? null : (
          <>
            <ol className={classes.steps}>
              {steps.map((step) => (
                <li key={step.title} data-ok={step.ok ? "" : undefined}>
                  <strong>{step.ok ? "✓ holds" : "✕ fails"}</strong> {step.title}
                  <div className="soft small mono">{step.detail}</div>
                </li>
              ))}
            </ol>
            <p>
              {good
                ? "The record of this exchange is in the log that the checkpoint signs."
                : "This proof does not hold. Keep the data directory as it is and verify the whole log under "}
              {good ? null : <Link to="/evidence">Evidence</Link>}
            </p>
            <p className="soft small">
              The key came from the same server. To trust neither, compare it and the checkpoint with copies{" "}
              <Link to="/evidence">kept elsewhere</Link>.
            </p>
          </>
        )}
      </div>
    </div>
  );
};
