import { Button } from "@mantine/core";
import type { Problem } from "@parapet/model/api";
import { useState, type ReactNode } from "react";
import type { ExchangeFilters } from "../../api/queries.ts";
import { count } from "../../components/format.ts";
import { Icon } from "../../components/icons.tsx";
import { ProblemText } from "../../components/states.tsx";
import { collectExchanges, downloadJsonLines } from "./export.ts";

export const ExportButton = ({ filters }: { readonly filters: ExchangeFilters }): ReactNode => {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const result = await collectExchanges(filters, (rows) => setSaid(`${count(rows)} read`));
    setBusy(false);
    if (!result.ok) {
      setProblem(result.problem);
      return;
    }
    const { rows, more } = result.value;
    setSaid(
      more
        ? `The newest ${count(rows.length)} exported; there are more, narrow the filters for them`
        : `${count(rows.length)} exported`,
    );
    downloadJsonLines(rows, "parapet-exchanges.jsonl");
  };
  return (
    <>
      <span className="soft small" role="status">
        {said}
      </span>
      <Button
        size="xs"
        variant="default"
        loading={busy}
        leftSection={<Icon name="download" size={14} />}
        onClick={() => void run()}
      >
        Export JSONL
      </Button>
      {problem === undefined ? null : <ProblemText problem={problem} />}
    </>
  );
};
