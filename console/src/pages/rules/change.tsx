import { Button, Group, NativeSelect, NumberInput, Textarea, TextInput } from "@mantine/core";
import type { RuleChange } from "@parapet/model";
import type { Problem, RuleComparison, RuleDetail } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { compareRule, decideRuleChange, proposeRule } from "../../api/changes.ts";
import { ruleChangeQuery, ruleChangesQuery } from "../../api/queries.ts";
import { useMay } from "../../components/may.ts";
import { Folded } from "../../components/panel.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { VisibleText } from "../../components/untrusted.tsx";
import { Comparison } from "./comparison.tsx";
import classes from "./page.module.css";

const AGES = ["24h", "7d", "30d", "90d"];

/** A change of a rule: back-test, then shadow, then promotion. */
export const Change = ({ rule }: { readonly rule: RuleDetail }): ReactNode => {
  const may = useMay("analyst");
  const changes = useQuery(ruleChangesQuery);
  const own = changes.data?.items.filter((one) => one.rule === rule.key) ?? [];
  const inShadow = own.filter(({ state }) => state === "shadow").length;
  const summary =
    inShadow > 0
      ? `${inShadow} in shadow`
      : own.some(({ state }) => state === "promoted")
        ? "changed here"
        : "as in its file";
  if (!may && own.length === 0) return null;
  return (
    <Folded title="Change it" summary={summary}>
      <div className="stack">
        {own.map((change) => (
          <Proposed key={change.id} change={change} />
        ))}
        {may ? <Editor key={rule.key} rule={rule} /> : null}
      </div>
    </Folded>
  );
};

const Editor = ({ rule }: { readonly rule: RuleDetail }): ReactNode => {
  const queryClient = useQueryClient();
  const [text, setText] = useState(rule.text);
  const [since, setSince] = useState("7d");
  const [days, setDays] = useState<number | string>(7);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [compared, setCompared] = useState<{ readonly text: string; readonly comparison: RuleComparison }>();
  const [said, setSaid] = useState("");
  const compare = async (): Promise<void> => {
    setBusy(true);
    const result = await compareRule(text, since);
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) setCompared({ text, comparison: result.value });
  };
  const propose = async (): Promise<void> => {
    setBusy(true);
    const result = await proposeRule({
      text,
      reason: reason.trim(),
      days: Math.max(1, Math.min(30, Number(days) || 7)),
    });
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (!result.ok) return;
    setSaid("In shadow: it is compared with what arrives, and makes no findings.");
    setReason("");
    void queryClient.invalidateQueries({ queryKey: ["rule-changes"] });
  };
  const isCompared = compared?.text === text;
  return (
    <div className="stack tight">
      <Textarea
        label="Text"
        size="xs"
        autosize
        minRows={8}
        maxRows={24}
        spellCheck={false}
        classNames={{ input: classes.editor }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group gap={8} align="flex-end">
        <NativeSelect
          size="xs"
          label="Over the last"
          data={AGES}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
        <Button size="xs" variant="default" loading={busy} disabled={text.trim() === ""} onClick={() => void compare()}>
          Compare with the one in force
        </Button>
      </Group>
      {compared === undefined ? null : (
        <>
          {isCompared ? null : <p className="soft">The text was changed since this comparison.</p>}
          <Comparison comparison={compared.comparison} />
        </>
      )}
      {isCompared ? (
        <Group gap={8} align="flex-end">
          <TextInput
            size="xs"
            label="Why"
            maxLength={2_000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <NumberInput size="xs" label="Days in shadow" w={110} min={1} max={30} value={days} onChange={setDays} />
          <Button size="xs" loading={busy} disabled={reason.trim().length < 3} onClick={() => void propose()}>
            Put in shadow
          </Button>
        </Group>
      ) : null}
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <p className="soft" role="status">
        {said}
      </p>
    </div>
  );
};

const Proposed = ({ change }: { readonly change: RuleChange }): ReactNode => {
  const queryClient = useQueryClient();
  const may = useMay("administrator");
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const decide = async (decision: "promote" | "withdraw"): Promise<void> => {
    setBusy(true);
    const result = await decideRuleChange(change.id, decision);
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    void queryClient.invalidateQueries({ queryKey: ["rule-changes"] });
    void queryClient.invalidateQueries({ queryKey: ["rules"] });
    void queryClient.invalidateQueries({ queryKey: ["rule"] });
  };
  return (
    <div className={classes.change}>
      <div className="row">
        <strong>{change.state}</strong>
        <span className="soft">
          {change.createdBy}, <Time time={change.createdAt} />
          {change.state === "shadow" ? (
            <>
              , ends <Time time={change.shadowUntil} />
            </>
          ) : null}
        </span>
        <span className="push row">
          {change.state === "shadow" ? (
            <Button size="xs" variant="default" onClick={() => setOpen(!open)} aria-expanded={open}>
              What it finds
            </Button>
          ) : null}
          {may && change.state === "shadow" ? (
            <Button size="xs" loading={busy} onClick={() => void decide("promote")}>
              Promote
            </Button>
          ) : null}
          {may && (change.state === "shadow" || change.state === "promoted") ? (
            <Button size="xs" variant="default" loading={busy} onClick={() => void decide("withdraw")}>
              {change.state === "promoted" ? "Take back" : "Give up"}
            </Button>
          ) : null}
        </span>
      </div>
      <p className={classes.prose}>
        <VisibleText text={change.reason} />
      </p>
      {change.state === "promoted" ? (
        <p className="soft">In force over the file's rule. Put its text into the file at the next occasion.</p>
      ) : null}
      {open ? <InShadow id={change.id} /> : null}
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </div>
  );
};

const InShadow = ({ id }: { readonly id: string }): ReactNode => {
  const query = useQuery(ruleChangeQuery(id));
  return (
    <Loaded query={query}>
      {({ comparison }) => (comparison === undefined ? null : <Comparison comparison={comparison} />)}
    </Loaded>
  );
};
