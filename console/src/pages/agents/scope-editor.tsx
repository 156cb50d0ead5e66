import { Button, Checkbox, NumberInput, Textarea, TextInput } from "@mantine/core";
import { DATA_CLASSES, type ScopeChange } from "@parapet/model";
import type { Problem, ScopeComparison } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { compareScope, confirmScope } from "../../api/changes.ts";
import { count, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { ProblemText } from "../../components/states.tsx";
import { Comparison } from "./comparison.tsx";
import { BUDGET_WORDS, BUDGETS, draftOf, scopeFromDraft, type ScopeDraft } from "./words.ts";
import classes from "./page.module.css";

/** A scope to be changed, compared with the past, and confirmed. */
export const ScopeEditor = ({
  agent,
  days,
  first,
  compared: firstCompared,
}: {
  readonly agent: string;
  readonly days: string;
  readonly first: ScopeChange;
  readonly compared: ScopeComparison | undefined;
}): ReactNode => {
  const queryClient = useQueryClient();
  const may = useMay("administrator");
  const [draft, setDraft] = useState(() => draftOf(first));
  const [compared, setCompared] = useState(
    firstCompared === undefined ? undefined : { text: JSON.stringify(first), comparison: firstCompared },
  );
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [said, setSaid] = useState("");
  const scope = scopeFromDraft(draft);
  const isCompared = scope !== undefined && compared?.text === JSON.stringify(scope);
  const compare = async (): Promise<void> => {
    if (scope === undefined) return;
    setBusy(true);
    const result = await compareScope(agent, scope, Number(days));
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (result.ok) setCompared({ text: JSON.stringify(scope), comparison: result.value });
  };
  const confirm = async (): Promise<void> => {
    if (scope === undefined || compared === undefined) return;
    setBusy(true);
    const { outside } = compared.comparison;
    const result = await confirmScope(agent, { scope, reason: reason.trim(), days: Number(days), outside });
    setBusy(false);
    setProblem(result.ok ? undefined : result.problem);
    if (!result.ok) return;
    setSaid(`Version ${result.value.version} is in force at every gateway.`);
    void queryClient.invalidateQueries({ queryKey: ["agents"] });
  };
  const outside = compared?.comparison.outside ?? 0;
  return (
    <div className="stack tight">
      <Fields draft={draft} onChange={setDraft} />
      {scope === undefined ? <p role="status">This is no scope yet: a * may stand only at the end of a name.</p> : null}
      <div className="row">
        <Button
          size="xs"
          variant="default"
          loading={busy}
          disabled={scope === undefined}
          onClick={() => void compare()}
        >
          Compare with {plural(Number(days), "day")}
        </Button>
      </div>
      {compared === undefined ? null : (
        <>
          {isCompared ? null : <p className="soft">It was changed since this comparison.</p>}
          <Comparison comparison={compared.comparison} />
        </>
      )}
      {isCompared && may ? (
        <div className="row">
          <TextInput
            size="xs"
            label="Why"
            maxLength={2_000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button
            size="xs"
            className={outside > 0 ? "grave push" : "push"}
            loading={busy}
            disabled={reason.trim().length < 3}
            onClick={() => void confirm()}
          >
            {outside === 0 ? "Confirm" : `Confirm, with ${count(outside)} past calls outside`}
          </Button>
        </div>
      ) : null}
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <p className="soft" role="status">
        {said}
      </p>
    </div>
  );
};

const Fields = ({
  draft,
  onChange,
}: {
  readonly draft: ScopeDraft;
  readonly onChange: (draft: ScopeDraft) => void;
}): ReactNode => {
  const { tools, hosts, data, budget, rest } = draft;
  const { limits, steps } = rest;
  const withoutSteps = (): void => {
    const { steps: _steps, ...others } = rest;
    onChange({ ...draft, rest: others });
  };
  const expected = Object.keys(steps?.expected ?? {}).length;
  return (
    <div className={classes.form}>
      <Textarea
        label="Tools, a line each"
        description="server/tool where one server is meant; * at the end"
        size="xs"
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        classNames={{ input: classes.names }}
        value={tools}
        onChange={(event) => onChange({ ...draft, tools: event.currentTarget.value })}
      />
      <div className="stack tight">
        <Checkbox
          size="xs"
          label="Only these hosts, and those below them"
          checked={hosts !== undefined}
          onChange={(event) => onChange({ ...draft, hosts: event.currentTarget.checked ? "" : undefined })}
        />
        {hosts === undefined ? null : (
          <Textarea
            label="Hosts, a line each"
            size="xs"
            autosize
            minRows={2}
            maxRows={12}
            spellCheck={false}
            classNames={{ input: classes.names }}
            value={hosts}
            onChange={(event) => onChange({ ...draft, hosts: event.currentTarget.value })}
          />
        )}
        <Checkbox
          size="xs"
          label="Only these classes of data"
          checked={data !== undefined}
          onChange={(event) => onChange({ ...draft, data: event.currentTarget.checked ? [] : undefined })}
        />
        {data === undefined ? null : (
          <div className="row">
            {DATA_CLASSES.map((one) => (
              <Checkbox
                key={one}
                size="xs"
                label={one}
                checked={data.includes(one)}
                onChange={(event) =>
                  onChange({
                    ...draft,
                    data: event.currentTarget.checked ? [...data, one] : data.filter((other) => other !== one),
                  })
                }
              />
            ))}
          </div>
        )}
      </div>
      <div className="stack tight">
        {BUDGETS.map((name) => (
          <NumberInput
            key={name}
            size="xs"
            label={BUDGET_WORDS[name]}
            placeholder="not bounded"
            min={1}
            allowDecimal={false}
            value={budget[name] ?? ""}
            onChange={(value) =>
              onChange({ ...draft, budget: { ...budget, [name]: value === "" ? undefined : Number(value) } })
            }
          />
        ))}
      </div>
      <div className="stack tight">
        {steps === undefined ? null : (
          <div className="row">
            <span>
              Steps: {plural(expected, "tool")} with what may follow,{" "}
              {plural(steps.forbidden.length, "forbidden order")}
            </span>
            <Button size="compact-xs" variant="default" onClick={withoutSteps}>
              Leave out steps
            </Button>
          </div>
        )}
        {limits.map(({ id, measure, each, total }) => (
          <div className="row" key={id}>
            <span>
              <code>{id}</code>: {measure}
              {each === undefined ? "" : `, ${count(each)} each`}
              {total === undefined ? "" : `, ${count(total.most)} in ${total.hours} h`}
            </span>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Leave out ${id}`}
              onClick={() => onChange({ ...draft, rest: { ...rest, limits: limits.filter((one) => one.id !== id) } })}
            >
              Leave out
            </Button>
          </div>
        ))}
      </div>
    </div>
  );
};
