import { Button, PasswordInput, TextInput } from "@mantine/core";
import type { Problem, Settings } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { writeCredential } from "../../api/changes.ts";
import { settingsQuery } from "../../api/queries.ts";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";

/** Upstream credentials can be written and replaced, never read. */
export const Credentials = ({
  credentials,
  canChange,
}: {
  readonly credentials: Settings["credentials"];
  readonly canChange: boolean;
}): ReactNode => {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const result = await writeCredential(name.trim(), value);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    setSaid(`Stored. Name it in a route: credential: stored:${name.trim()}`);
    setValue("");
    void queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
  };
  return (
    <Panel title="Stored upstream credentials">
      {credentials.length === 0 ? (
        <p className="soft">None. A route may also name an environment variable or a file.</p>
      ) : null}
      <table className="plain">
        <tbody>
          {credentials.map((credential) => (
            <tr key={credential.name}>
              <td>
                <code>stored:{credential.name}</code>
              </td>
              <td>
                written <Time time={credential.updatedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {canChange ? (
        <form className="row" onSubmit={(event) => void submit(event)}>
          <TextInput
            size="xs"
            aria-label="Name of the credential"
            placeholder="name"
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            size="xs"
            aria-label="Value of the credential"
            placeholder="value"
            w={260}
            maxLength={8_192}
            autoComplete="off"
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
          <Button
            size="xs"
            variant="default"
            type="submit"
            loading={busy}
            disabled={name.trim() === "" || value === ""}
          >
            Store
          </Button>
          <span className="soft small" role="status">
            {said}
          </span>
        </form>
      ) : null}
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </Panel>
  );
};
