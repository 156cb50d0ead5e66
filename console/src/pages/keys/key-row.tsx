import { Button, NativeSelect } from "@mantine/core";
import type { GatewayKey } from "@parapet/model";
import type { KeyCreated, Problem } from "@parapet/model/api";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { revokeKey, rotateKey } from "../../api/changes.ts";
import { keysQuery } from "../../api/queries.ts";
import { count, shortId } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { ProblemText } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { isWorking } from "./key-state.ts";
import classes from "./page.module.css";

const OVERLAPS = [
  { value: "0", label: "the old one stops now" },
  { value: "3600", label: "the old one works 1 hour more" },
  { value: "86400", label: "the old one works 1 day more" },
  { value: "604800", label: "the old one works 7 days more" },
];

const listOr = (values: readonly string[], none: string): string => (values.length === 0 ? none : values.join(", "));

const limits = (key: GatewayKey): string => {
  const parts = [
    key.requestsPerMinute === undefined ? "" : `${count(key.requestsPerMinute)} requests/min`,
    key.tokensPerMinute === undefined ? "" : `${count(key.tokensPerMinute)} tokens/min`,
  ].filter((part) => part !== "");
  return listOr(parts, "no rate limit");
};

export const KeyRow = ({
  gatewayKey: key,
  onRotated,
}: {
  readonly gatewayKey: GatewayKey;
  readonly onRotated: (created: KeyCreated) => void;
}): ReactNode => {
  const [doing, setDoing] = useState<"rotate" | "revoke">();
  const mayChange = useMay("administrator");
  const working = isWorking(key, Date.now());
  const toggle = (what: "rotate" | "revoke"): void => setDoing(doing === what ? undefined : what);
  return (
    <li className={classes.key} data-dead={working ? undefined : ""}>
      <div className="row">
        <strong>{key.name}</strong>
        <code className="soft">{key.prefix}…</code>
        <State gatewayKey={key} working={working} />
        {working && mayChange ? (
          <span className="row push">
            {key.rotatedTo === undefined ? (
              <Button size="xs" variant="default" aria-expanded={doing === "rotate"} onClick={() => toggle("rotate")}>
                Rotate…
              </Button>
            ) : null}
            <Button size="xs" variant="default" aria-expanded={doing === "revoke"} onClick={() => toggle("revoke")}>
              Revoke…
            </Button>
          </span>
        ) : null}
      </div>
      <p className="soft small">
        {listOr(key.routes, "all routes")}; {listOr(key.models, "any model")}; from{" "}
        {listOr(key.addresses, "any address")}; {limits(key)}
        {key.agent === undefined ? "" : `; agent ${key.agent}`}
        {key.trustIdentityHeaders ? "; its identity headers are believed" : ""}.{" "}
        <Link to="/exchanges" search={{ principal: `key:${key.name}` }}>
          Its exchanges
        </Link>
      </p>
      {doing === "rotate" ? <Rotate gatewayKey={key} onDone={() => setDoing(undefined)} onRotated={onRotated} /> : null}
      {doing === "revoke" ? <Revoke gatewayKey={key} onDone={() => setDoing(undefined)} /> : null}
    </li>
  );
};

const State = ({
  gatewayKey: key,
  working,
}: {
  readonly gatewayKey: GatewayKey;
  readonly working: boolean;
}): ReactNode => {
  if (key.revokedAt !== undefined)
    return (
      <span>
        ✕ revoked <Time time={key.revokedAt} />
      </span>
    );
  if (!working && key.expiresAt !== undefined)
    return (
      <span>
        – expired <Time time={key.expiresAt} />
      </span>
    );
  return (
    <span className="soft">
      {key.lastUsedAt === undefined ? (
        "never used"
      ) : (
        <>
          used <Time time={key.lastUsedAt} />
        </>
      )}
      {key.rotatedTo === undefined ? null : (
        <>
          , replaced by <code>{shortId(key.rotatedTo)}</code>
        </>
      )}
      {key.expiresAt === undefined ? null : (
        <>
          , expires <Time time={key.expiresAt} />
        </>
      )}
    </span>
  );
};

const Rotate = ({
  gatewayKey: key,
  onDone,
  onRotated,
}: {
  readonly gatewayKey: GatewayKey;
  readonly onDone: () => void;
  readonly onRotated: (created: KeyCreated) => void;
}): ReactNode => {
  const queryClient = useQueryClient();
  const [overlap, setOverlap] = useState("86400");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    const result = await rotateKey(key.id, Number(overlap));
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
    onRotated(result.value);
    onDone();
  };
  return (
    <div className={classes.doing}>
      <p>A new secret with the same rights. Give it to the application while both work.</p>
      <NativeSelect
        size="xs"
        label="After that"
        w="fit-content"
        data={OVERLAPS}
        value={overlap}
        onChange={(event) => setOverlap(event.currentTarget.value)}
      />
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div className="row">
        <Button size="xs" loading={busy} onClick={() => void run()}>
          Rotate {key.name}
        </Button>
        <Button size="xs" variant="default" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  );
};

const Revoke = ({
  gatewayKey: key,
  onDone,
}: {
  readonly gatewayKey: GatewayKey;
  readonly onDone: () => void;
}): ReactNode => {
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    const result = await revokeKey(key.id);
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey });
    onDone();
  };
  return (
    <div className={classes.doing}>
      <p>
        Whoever holds <code>{key.prefix}…</code> is refused from the next request on, on{" "}
        {listOr(key.routes, "all routes")}.{" "}
        {key.lastUsedAt === undefined ? (
          "It was never used."
        ) : (
          <>
            It was last used <Time time={key.lastUsedAt} />.
          </>
        )}{" "}
        This cannot be undone; a new key can be made at any time.
      </p>
      {problem === undefined ? null : <ProblemText problem={problem} />}
      <div className="row">
        <Button size="xs" className="grave" loading={busy} onClick={() => void run()}>
          Revoke {key.name}
        </Button>
        <Button size="xs" variant="default" onClick={onDone}>
          Keep it
        </Button>
      </div>
    </div>
  );
};
