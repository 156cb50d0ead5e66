import { Button, NativeSelect, TextInput } from "@mantine/core";
import { ROLES } from "@parapet/model";
import { UserCreate, type Problem, type Settings, type User, type UserCreated } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import type { z } from "zod";
import { createUser, setUserDisabled } from "../../api/changes.ts";
import { settingsQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { Panel } from "../../components/panel.tsx";
import { ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";

export const Users = ({
  users,
  canChange,
}: {
  readonly users: Settings["users"];
  readonly canChange: boolean;
}): ReactNode => (
  <Panel title="Users">
    <table className="plain">
      <thead>
        <tr>
          <th>Name</th>
          <th>Role</th>
          <th>Since</th>
          <th>State</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.name} user={user} canChange={canChange} />
        ))}
      </tbody>
    </table>
    {canChange ? <NewUser /> : null}
  </Panel>
);

const UserRow = ({ user, canChange }: { readonly user: User; readonly canChange: boolean }): ReactNode => {
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const change = async (disabled: boolean): Promise<void> => {
    setProblem(undefined);
    setBusy(true);
    const result = await setUserDisabled(user.name, disabled);
    setBusy(false);
    setAsked(false);
    if (!result.ok) setProblem(result.problem);
    else void queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
  };
  return (
    <tr>
      <td>{user.name}</td>
      <td>{user.role}</td>
      <td>
        <Time time={user.createdAt} />
      </td>
      <td>
        <div className="row">
          <span>{user.disabled ? "✕ disabled" : "may sign in"}</span>
          {canChange ? (
            <>
              {user.disabled ? (
                <Button size="xs" variant="default" loading={busy} onClick={() => void change(false)}>
                  Enable {user.name}
                </Button>
              ) : asked ? (
                <>
                  <Button size="xs" className="grave" loading={busy} onClick={() => void change(true)}>
                    Disable {user.name}
                  </Button>
                  <Button size="xs" variant="default" onClick={() => setAsked(false)}>
                    Keep
                  </Button>
                  <span className="soft small">Token, sessions and live views stop at once.</span>
                </>
              ) : (
                <Button size="xs" variant="default" aria-label={`Disable ${user.name}…`} onClick={() => setAsked(true)}>
                  Disable…
                </Button>
              )}
            </>
          ) : null}
        </div>
        {problem === undefined ? null : <ProblemText problem={problem} />}
      </td>
    </tr>
  );
};

const NewUser = (): ReactNode => {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [created, setCreated] = useState<z.infer<typeof UserCreated>>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = { name: name.trim(), role };
    if (!UserCreate.safeParse(wanted).success) {
      setWrong("Letters, digits and . _ @ - only");
      return;
    }
    setWrong("");
    setProblem(undefined);
    setBusy(true);
    const result = await createUser(wanted);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    setCreated(result.value);
    setName("");
    void queryClient.invalidateQueries({ queryKey: settingsQuery.queryKey });
  };
  return (
    <>
      <form className="row" onSubmit={(event) => void submit(event)}>
        <TextInput
          size="xs"
          aria-label="Name of the new user"
          placeholder="name"
          maxLength={80}
          value={name}
          error={wrong || undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          aria-label="Role of the new user"
          data={[...ROLES]}
          value={role}
          onChange={(event) => setRole(event.currentTarget.value)}
        />
        <Button size="xs" variant="default" type="submit" loading={busy} disabled={name.trim() === ""}>
          Add user
        </Button>
      </form>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      {created === undefined ? null : (
        <div className="stack tight" role="status">
          <p>Token of {created.name}. Copy it now: it cannot be shown again.</p>
          <CopyBlock label="token" text={created.token} />
        </div>
      )}
    </>
  );
};
