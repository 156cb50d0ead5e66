import { Button, Group, Textarea, TextInput } from "@mantine/core";
import type { Finding, FindingStatus } from "@parapet/model";
import type { FindingChange, Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { changeFinding } from "../../api/changes.ts";
import { findingQuery, sessionQuery } from "../../api/queries.ts";
import { words } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { useKeys } from "../../components/shell/keys.ts";
import { ProblemText } from "../../components/states.tsx";
import { isOpen } from "./columns.tsx";
import { StandBy } from "./stand-by.tsx";

const BUTTONS: readonly { readonly status: FindingStatus; readonly label: string; readonly key?: string }[] = [
  { status: "triaged", label: "Triaged" },
  { status: "in_progress", label: "In progress" },
  { status: "resolved", label: "Resolve", key: "e" },
  { status: "false_positive", label: "False positive" },
];

/** Decisions in one key or click, each undone by the next; what was typed stays when one fails. */
export const Decide = ({ finding }: { readonly finding: Finding }): ReactNode => {
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const [owner, setOwner] = useState(finding.owner ?? "");
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Problem>();

  const change = async (values: FindingChange, done: string): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const result = await changeFinding(finding.id, values);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    setSaid(done);
    if (values.comment !== undefined) setComment("");
    queryClient.setQueryData(findingQuery(finding.id).queryKey, result.value);
    void queryClient.invalidateQueries({ queryKey: ["findings"] });
    void queryClient.invalidateQueries({ queryKey: ["overview"] });
  };
  const decide = (status: FindingStatus): void => {
    if (busy || status === finding.status) return;
    const note = comment.trim();
    void change({ status, ...(note === "" ? {} : { comment: note }) }, `Now ${words(status)}.`);
  };
  const mayDecide = useMay("analyst");
  useKeys(mayDecide ? { e: () => decide("resolved") } : {});
  const closed = !isOpen(finding);
  const [accepting, setAccepting] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const values: FindingChange = {
      ...(owner.trim() === (finding.owner ?? "") ? {} : { owner: owner.trim() }),
      ...(comment.trim() === "" ? {} : { comment: comment.trim() }),
    };
    if (Object.keys(values).length > 0) void change(values, "Saved.");
  };
  if (!mayDecide) return <p className="soft">Deciding on findings needs the role analyst.</p>;
  return (
    <>
      <form className="stack tight" onSubmit={submit}>
        <Group gap={6}>
          {BUTTONS.map((button) => (
            <Button
              key={button.status}
              size="xs"
              variant={button.status === "resolved" && !closed ? "filled" : "default"}
              disabled={busy || finding.status === button.status}
              aria-keyshortcuts={button.key}
              onClick={() => decide(button.status)}
            >
              {button.label}
              {button.key === undefined ? "" : ` (${button.key})`}
            </Button>
          ))}
          {finding.status === "resolved" ? null : (
            <Button
              size="xs"
              variant="default"
              disabled={busy}
              aria-expanded={accepting}
              onClick={() => setAccepting(!accepting)}
            >
              Accept…
            </Button>
          )}
          {closed ? (
            <Button size="xs" variant="default" disabled={busy} onClick={() => decide("in_progress")}>
              Open again
            </Button>
          ) : null}
          <span className="soft small" role="status">
            {said}
          </span>
        </Group>
        <Group gap={6} align="flex-end">
          <TextInput
            size="xs"
            label="Owner"
            maxLength={80}
            value={owner}
            onChange={(event) => setOwner(event.currentTarget.value)}
          />
          {session.data && owner !== session.data.name ? (
            <Button size="xs" variant="subtle" onClick={() => setOwner(session.data?.name ?? "")}>
              Me
            </Button>
          ) : null}
        </Group>
        <Textarea
          size="xs"
          label="Comment"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={2_000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {problem === undefined ? null : <ProblemText problem={problem} />}
        <div>
          <Button
            size="xs"
            variant="default"
            type="submit"
            loading={busy}
            disabled={comment.trim() === "" && owner.trim() === (finding.owner ?? "")}
          >
            Save owner and comment
          </Button>
        </div>
      </form>
      {accepting ? (
        <StandBy
          finding={finding}
          onDone={(done) => {
            setAccepting(false);
            setSaid(done);
          }}
        />
      ) : null}
    </>
  );
};
