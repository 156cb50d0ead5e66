import { Button, PasswordInput } from "@mantine/core";
import type { Problem } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { signIn } from "../../api/changes.ts";
import { setCsrf } from "../../api/client.ts";
import { sessionQuery } from "../../api/queries.ts";
import { ProblemText } from "../../components/states.tsx";
import { takeTokenFromAddress } from "./token-from-address.ts";
import classes from "./page.module.css";

export const SignInPage = (): ReactNode => {
  const queryClient = useQueryClient();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const tried = useRef(false);

  const enter = async (value: string): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const result = await signIn(value.trim());
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    setCsrf(result.value.csrf);
    queryClient.setQueryData(sessionQuery.queryKey, result.value);
  };

  useEffect(() => {
    if (tried.current) return;
    tried.current = true;
    const fromAddress = takeTokenFromAddress(window.location, window.history);
    if (fromAddress === undefined) return;
    setToken(fromAddress);
    void enter(fromAddress);
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void enter(token);
  };

  return (
    <main className={classes.page}>
      <h1>Sign in to Parapet</h1>
      <form onSubmit={submit} className="stack tight">
        <PasswordInput
          label="Token"
          autoComplete="current-password"
          autoFocus
          required
          maxLength={200}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        {problem === undefined ? null : <ProblemText problem={problem} />}
        <div>
          <Button type="submit" loading={busy} disabled={token.trim() === ""}>
            Sign in
          </Button>
        </div>
      </form>
      <div className={classes.help}>
        <h2>Where is the token?</h2>
        <ul>
          <li>
            It was printed when Parapet started for the first time, with a link to this page that already holds it.
          </li>
          <li>
            If <code>PARAPET_ADMIN_TOKEN</code> was set then, it is that value.
          </li>
          <li>An administrator can make you one of your own under Settings.</li>
        </ul>
      </div>
    </main>
  );
};
