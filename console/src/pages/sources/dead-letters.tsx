import { Button } from "@mantine/core";
import type { Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { discardDeadLetters, replayDeadLetters } from "../../api/changes.ts";
import { deadLettersQuery } from "../../api/queries.ts";
import { bytes, plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Sentence } from "../../components/sentence.tsx";
import { Loaded, ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { Untrusted } from "../../components/untrusted.tsx";
import classes from "./page.module.css";

/** Records that could not be read, with why, and what can be done about them. */
export const DeadLetters = ({ source }: { readonly source: string }): ReactNode => {
  const query = useQuery(deadLettersQuery(source));
  const client = useQueryClient();
  const mayChange = useMay("analyst");
  const [said, setSaid] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const act = async (run: () => Promise<{ readonly said: string } | { readonly problem: Problem }>): Promise<void> => {
    setBusy(true);
    const result = await run();
    setBusy(false);
    setSaid("said" in result ? result.said : undefined);
    setProblem("problem" in result ? result.problem : undefined);
    await client.invalidateQueries({ queryKey: ["sources"] });
  };
  const replay = () =>
    act(async () => {
      const result = await replayDeadLetters(source);
      if (!result.ok) return { problem: result.problem };
      const { replayed, events, failed, reason } = result.value;
      const still = failed === 0 ? "" : ` ${plural(failed, "record")} still cannot be read: ${reason ?? ""}`;
      return { said: `${plural(replayed, "record")} read, ${plural(events, "event")} taken in.${still}` };
    });
  const discard = () =>
    act(async () => {
      const result = await discardDeadLetters(source);
      return result.ok ? { said: `${plural(result.value.discarded, "record")} deleted.` } : { problem: result.problem };
    });

  return (
    <Loaded query={query} height={120}>
      {({ items, next }) => (
        <div className={classes.letters}>
          {items.length === 0 ? <p className="soft">No record is kept that could not be read.</p> : null}
          <ul>
            {items.map(({ id, time, reason, text, bytes: size, replayable }) => (
              <li key={id}>
                <p>
                  <Sentence text={reason} />{" "}
                  <span className="soft">
                    <Time time={time} />, {bytes(size)}
                    {replayable ? "" : ", only its beginning is kept"}
                  </span>
                </p>
                {text === undefined ? null : (
                  <pre tabIndex={0} aria-label="record">
                    <Untrusted text={text.slice(0, 2_000)} />
                  </pre>
                )}
              </li>
            ))}
          </ul>
          {next === undefined ? null : <p className="soft">Older ones are not shown here.</p>}
          {said === undefined ? null : <p role="status">{said}</p>}
          {problem === undefined ? null : <ProblemText problem={problem} />}
          {mayChange && items.length > 0 ? (
            <div className="row">
              <Button size="xs" loading={busy} onClick={() => void replay()}>
                Read them again
              </Button>
              <Button size="xs" variant="default" disabled={busy} onClick={() => void discard()}>
                Delete them
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </Loaded>
  );
};
