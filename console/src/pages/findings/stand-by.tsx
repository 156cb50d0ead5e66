import { Button, Checkbox, Group, NumberInput, Textarea } from "@mantine/core";
import type { Finding } from "@parapet/model";
import type { Problem } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { changeFinding, createException } from "../../api/changes.ts";
import { findingQuery } from "../../api/queries.ts";
import { plural } from "../../components/format.ts";
import { ProblemText } from "../../components/states.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

const DAY_MS = 86_400_000;

/** Accepts this finding for a time, or further ones of its group too; says what either means before it is done. */
export const StandBy = ({
  finding,
  onDone,
}: {
  readonly finding: Finding;
  readonly onDone: (said: string) => void;
}): ReactNode => {
  const queryClient = useQueryClient();
  const fields = Object.keys(finding.entities);
  const [days, setDays] = useState<number | string>(30);
  const [reason, setReason] = useState("");
  const [further, setFurther] = useState(false);
  const [only, setOnly] = useState<readonly string[]>(fields);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const wholeDays = Math.max(1, Math.min(365, Number(days) || 1));

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const accepted = await changeFinding(finding.id, {
      status: "accepted",
      acceptedUntil: new Date(Date.now() + wholeDays * DAY_MS).toISOString(),
      comment: reason.trim(),
    });
    const result =
      accepted.ok && further
        ? await createException({
            rule: finding.rule,
            where: Object.fromEntries(only.map((field) => [field, finding.entities[field] ?? ""])),
            reason: reason.trim(),
            days: wholeDays,
          })
        : accepted;
    setBusy(false);
    if (accepted.ok) queryClient.setQueryData(findingQuery(finding.id).queryKey, accepted.value);
    void queryClient.invalidateQueries({ queryKey: ["findings"] });
    void queryClient.invalidateQueries({ queryKey: ["overview"] });
    if (result.ok) onDone(`Accepted for ${plural(wholeDays, "day")}${further ? ", and further ones like it" : ""}.`);
    else setProblem(result.problem);
  };
  const toggle = (field: string): void =>
    setOnly((before) => (before.includes(field) ? before.filter((one) => one !== field) : [...before, field]));
  return (
    <form className={`stack tight ${classes.standBy ?? ""}`} onSubmit={(event) => void submit(event)}>
      <Group gap={8} align="flex-end">
        <NumberInput size="xs" label="For days" w={90} min={1} max={365} value={days} onChange={setDays} />
        <Checkbox
          size="xs"
          label="Further findings like it too (an exception)"
          checked={further}
          onChange={(event) => setFurther(event.currentTarget.checked)}
        />
      </Group>
      {further ? (
        <fieldset className={classes.fields}>
          <legend className="small">That have the same</legend>
          {fields.map((field) => (
            <Checkbox
              key={field}
              size="xs"
              label={
                <>
                  {field} <Untrusted text={finding.entities[field] ?? ""} />
                </>
              }
              checked={only.includes(field)}
              onChange={() => toggle(field)}
            />
          ))}
          {only.length === 0 ? (
            <p className="small">Nothing chosen: every finding of {finding.rule} would be accepted.</p>
          ) : null}
        </fieldset>
      ) : null}
      <Textarea
        size="xs"
        label="Why"
        autosize
        minRows={1}
        maxRows={4}
        maxLength={2_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div>
        <Button size="xs" type="submit" loading={busy} disabled={reason.trim().length < 3}>
          {further ? "Accept and except" : "Accept"}
        </Button>
      </div>
    </form>
  );
};
