import { Button, Checkbox, MultiSelect, NumberInput, TextInput } from "@mantine/core";
import { KeyCreate, type KeyCreated, type Problem } from "@parapet/model/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import type { z } from "zod";
import { createKey } from "../../api/changes.ts";
import { keysQuery, policiesQuery } from "../../api/queries.ts";
import { ProblemText } from "../../components/states.tsx";
import { toList } from "./key-state.ts";
import classes from "./page.module.css";

const number = (value: string | number): number | undefined => (typeof value === "number" ? value : undefined);
const DAY_MS = 86_400_000;

export const CreateKey = ({
  onCreated,
  onCancel,
}: {
  readonly onCreated: (created: KeyCreated) => void;
  readonly onCancel: () => void;
}): ReactNode => {
  const queryClient = useQueryClient();
  const policies = useQuery(policiesQuery);
  const [name, setName] = useState("");
  const [routes, setRoutes] = useState<string[]>([]);
  const [models, setModels] = useState("");
  const [addresses, setAddresses] = useState("");
  const [agent, setAgent] = useState("");
  const [requests, setRequests] = useState<string | number>("");
  const [tokens, setTokens] = useState<string | number>("");
  const [days, setDays] = useState<string | number>("");
  const [trust, setTrust] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const lifetime = number(days);
    const wanted: z.input<typeof KeyCreate> = {
      name: name.trim(),
      routes,
      models: [...toList(models)],
      addresses: [...toList(addresses)],
      trustIdentityHeaders: trust,
      requestsPerMinute: number(requests),
      tokensPerMinute: number(tokens),
      agent: agent.trim() || undefined,
      expiresAt: lifetime === undefined ? undefined : new Date(Date.now() + lifetime * DAY_MS).toISOString(),
    };
    const checked = KeyCreate.safeParse(wanted);
    if (!checked.success) {
      setWrong(Object.fromEntries(checked.error.issues.map((issue) => [String(issue.path[0]), issue.message])));
      return;
    }
    setWrong({});
    setProblem(undefined);
    setBusy(true);
    const result = await createKey(wanted);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
    onCreated(result.value);
  };
  return (
    <form className={classes.form} aria-label="New key" onSubmit={(event) => void submit(event)}>
      <TextInput
        required
        label="Name"
        description="The application that will hold it"
        maxLength={80}
        value={name}
        error={wrong["name"]}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <MultiSelect
        label="Routes"
        description="None chosen: all of them"
        data={(policies.data?.routes ?? []).map((route) => route.id)}
        value={routes}
        onChange={setRoutes}
      />
      <TextInput
        label="Models"
        description="None: any. A * may end a name"
        placeholder="gpt-4o*, text-embedding-3-small"
        value={models}
        error={wrong["models"]}
        onChange={(event) => setModels(event.currentTarget.value)}
      />
      <TextInput
        label="Addresses"
        description="CIDR ranges. None: any"
        placeholder="10.0.0.0/8"
        value={addresses}
        error={wrong["addresses"]}
        onChange={(event) => setAddresses(event.currentTarget.value)}
      />
      <NumberInput
        label="Requests per minute"
        description="Empty: no limit"
        min={1}
        allowDecimal={false}
        value={requests}
        error={wrong["requestsPerMinute"]}
        onChange={setRequests}
      />
      <NumberInput
        label="Tokens per minute"
        description="Empty: no limit"
        min={1}
        allowDecimal={false}
        value={tokens}
        error={wrong["tokensPerMinute"]}
        onChange={setTokens}
      />
      <NumberInput
        label="Expires after days"
        description="Empty: never"
        min={1}
        max={3650}
        allowDecimal={false}
        value={days}
        error={wrong["expiresAt"]}
        onChange={setDays}
      />
      <TextInput
        label="Agent"
        description="Binds the key to one agent"
        maxLength={80}
        value={agent}
        error={wrong["agent"]}
        onChange={(event) => setAgent(event.currentTarget.value)}
      />
      <Checkbox
        className={classes.whole}
        label="Believe x-parapet-user and x-parapet-agent from this caller"
        description="Only for applications that set them from an authenticated session"
        checked={trust}
        onChange={(event) => setTrust(event.currentTarget.checked)}
      />
      {problem === undefined ? null : (
        <div className={classes.whole}>
          <ProblemText problem={problem} />
        </div>
      )}
      <div className={`row ${classes.whole ?? ""}`}>
        <Button type="submit" size="xs" loading={busy}>
          Create the key
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
};
