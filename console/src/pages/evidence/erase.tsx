import { Button, TextInput } from "@mantine/core";
import { ExchangesPage, type Problem } from "@parapet/model/api";
import { useState, type FormEvent, type ReactNode } from "react";
import { eraseSubject } from "../../api/changes.ts";
import { queryString, request } from "../../api/client.ts";
import { plural } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { toVisibleString } from "../../text/visible.ts";
import classes from "./page.module.css";

const COUNT_MAX = 500;

/** Shows what an erasure will affect, then asks for the name once more: it cannot be undone. */
export const Erase = (): ReactNode => {
  const [subject, setSubject] = useState("");
  const [effect, setEffect] = useState<{ readonly subject: string; readonly sentence: string }>();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Problem>();

  const look = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = subject.trim();
    setBusy(true);
    setProblem(undefined);
    setSaid("");
    const page = await request(
      "GET",
      `/exchanges${queryString({ principal: wanted, limit: COUNT_MAX })}`,
      ExchangesPage,
    );
    setBusy(false);
    if (!page.ok) {
      setProblem(page.problem);
      return;
    }
    const { items, next } = page.value;
    const sentence =
      items.length === 0
        ? "No exchange of this principal is listed. Check how its name is written; erasing destroys its key all the same."
        : `${next === undefined ? plural(items.length, "exchange") : `More than ${COUNT_MAX} exchanges`} will lose their text and can no longer be tied to this person.`;
    setTyped("");
    setEffect({ subject: wanted, sentence });
  };
  const erase = async (): Promise<void> => {
    if (effect === undefined) return;
    setBusy(true);
    const result = await eraseSubject(effect.subject);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    setEffect(undefined);
    setSubject("");
    setSaid(
      `Erased: ${toVisibleString(result.value.subject)}, ${plural(result.value.exchanges, "exchange")}. The log still verifies.`,
    );
  };
  return (
    <Panel title="Erase a person">
      <p>
        Destroys the key under which a person’s texts and identities were sealed. Their texts become unreadable at once;
        the log still verifies. A backup that still holds the key has to be dealt with where it is kept.
      </p>
      <form className="row" onSubmit={(event) => void look(event)}>
        <TextInput
          size="xs"
          aria-label="Principal to erase"
          placeholder="user:name, as in the exchanges list"
          w={300}
          maxLength={200}
          value={subject}
          onChange={(event) => {
            setSubject(event.currentTarget.value);
            setEffect(undefined);
          }}
        />
        <Button
          size="xs"
          variant="default"
          type="submit"
          loading={busy && effect === undefined}
          disabled={subject.trim() === ""}
        >
          Show the effect
        </Button>
      </form>
      {effect === undefined ? null : (
        <div className={classes.erase}>
          <p>
            <strong>{effect.sentence}</strong> It cannot be undone.
          </p>
          <TextInput
            size="xs"
            label={`Type ${toVisibleString(effect.subject)} to confirm`}
            w={300}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <div className="row">
            <Button
              size="xs"
              className="grave"
              loading={busy}
              disabled={typed !== effect.subject}
              onClick={() => void erase()}
            >
              Erase for good
            </Button>
            <Button size="xs" variant="default" onClick={() => setEffect(undefined)}>
              Leave it
            </Button>
          </div>
        </div>
      )}
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <p role="status">{said}</p>
    </Panel>
  );
};
