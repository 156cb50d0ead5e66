import { Button, Textarea } from "@mantine/core";
import type { Approval } from "@parapet/model";
import type { ApprovalDecision, ApprovalDetail, Problem } from "@parapet/model/api";
import { useRef, useState, type ReactNode } from "react";
import type { Result } from "../../api/problem.ts";
import { useKeys } from "../../components/shell/keys.ts";
import { ProblemText } from "../../components/states.tsx";
import { Time, useNow } from "../../components/time.tsx";
import classes from "./page.module.css";

/**
 * Two buttons within reach of a thumb. Keys lead to a button and do not press it: what passes here cannot be taken back.
 */
export const Decide = ({
  approval,
  decide,
}: {
  readonly approval: ApprovalDetail;
  readonly decide: (decision: ApprovalDecision) => Promise<Result<Approval>>;
}): ReactNode => {
  const now = useNow(5_000);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState<ApprovalDecision["decision"]>();
  const [problem, setProblem] = useState<Problem>();
  const approve = useRef<HTMLButtonElement>(null);
  const deny = useRef<HTMLButtonElement>(null);
  useKeys({ a: () => approve.current?.focus(), d: () => deny.current?.focus() });

  const run = async (decision: ApprovalDecision["decision"]): Promise<void> => {
    setBusy(decision);
    setProblem(undefined);
    const said = reason.trim();
    const result = await decide({ decision, ...(said !== "" && { reason: said }) });
    setBusy(undefined);
    if (!result.ok) setProblem(result.problem);
  };

  if (!approval.mayDecide) {
    if (approval.state !== "pending") return null;
    return (
      <p className={classes.mayNot} role="status">
        {approval.mayNotBecause ?? "Its time is over."}
      </p>
    );
  }
  return (
    <section className={classes.decide} aria-label="Decide">
      <Textarea
        label="Why (kept with the decision; who asked reads it when you deny)"
        autosize
        minRows={1}
        maxRows={4}
        maxLength={2_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div className={classes.buttons}>
        <Button
          ref={deny}
          size="md"
          variant="default"
          loading={busy === "deny"}
          disabled={busy !== undefined}
          aria-keyshortcuts="d"
          onClick={() => void run("deny")}
        >
          Deny
        </Button>
        <Button
          ref={approve}
          size="md"
          className="grave"
          loading={busy === "approve"}
          disabled={busy !== undefined}
          aria-keyshortcuts="a"
          onClick={() => void run("approve")}
        >
          Approve once
        </Button>
      </div>
      <p className="soft small">
        Approving lets exactly this pass, one time. If nobody decides it is denied{" "}
        <Time time={approval.expiresAt} now={now} />.
      </p>
    </section>
  );
};
