import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { checkPolicy } from "../../api/changes.ts";
import { ProblemError } from "../../api/problem.ts";
import { VerdictBadge } from "../../components/badges.tsx";
import { plural } from "../../components/format.ts";
import { Panel } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { DiagnosticList } from "../../components/diagnostic-list.tsx";

const CedarEditor = lazy(async () => ({ default: (await import("../../components/cedar-editor.tsx")).CedarEditor }));

const START = `@id("my-policy")
@action("block")
@severity("high")
@message("This request was stopped by policy.")
forbid (principal, action == Action::"request", resource)
when { context.confidence.secret >= 800 };
`;

/** Checks a text as it is typed; nothing here is saved or in force. */
export const Scratchpad = ({ start = START }: { readonly start?: string | undefined }): ReactNode => {
  const [text, setText] = useState(start);
  const [settled] = useDebouncedValue(text, 300);
  const query = useQuery({
    queryKey: ["policy-check", settled],
    queryFn: async ({ signal }) => {
      const result = await checkPolicy(settled, signal);
      if (!result.ok) throw new ProblemError(result.problem);
      return result.value;
    },
    placeholderData: keepPreviousData,
  });
  const errors = query.data?.diagnostics.filter((diagnostic) => diagnostic.level === "error").length ?? 0;
  return (
    <Panel
      title="Try a text"
      aside={
        <span className="soft" role="status">
          {query.data === undefined
            ? ""
            : errors > 0
              ? `✕ ${plural(errors, "error")}`
              : `✓ ${plural(query.data.policies.length, "policy", "policies")}, no errors`}
        </span>
      }
    >
      <p className="soft">
        Checked while you type, against the schema in force. Nothing is saved: put it into a policy file to use it.
      </p>
      <Suspense fallback={<Loading height={160} />}>
        <CedarEditor
          label="Cedar text to try"
          text={text}
          onChange={setText}
          diagnostics={query.data?.diagnostics ?? []}
        />
      </Suspense>
      {query.data === undefined ? null : <DiagnosticList diagnostics={query.data.diagnostics} />}
      {query.error === null ? null : <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data === undefined || query.data.policies.length === 0 ? null : (
        <ul>
          {query.data.policies.map((policy) => (
            <li key={policy.id}>
              <code>{policy.id}</code> <VerdictBadge action={policy.action} planned />{" "}
              <Sentence text={policy.message} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
};
