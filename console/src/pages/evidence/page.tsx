import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { evidenceQuery } from "../../api/queries.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { plural } from "../../components/format.ts";
import { useMay } from "../../components/may.ts";
import { Facts, Page, Panel } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { Time, useNow } from "../../components/time.tsx";
import { Erase } from "./erase.tsx";
import { VerifyLedger } from "./verify-ledger.tsx";

export const EvidencePage = (): ReactNode => {
  const query = useQuery(evidenceQuery);
  const mayErase = useMay("administrator");
  const now = useNow();
  return (
    <Page>
      <Loaded query={query} height={420} title="Evidence">
        {(status) => (
          <>
            <div className="stack tight">
              <h1>
                {plural(status.size, "record")} in the log
                {status.checkpointAt === undefined ? (
                  ", no checkpoint signed yet."
                ) : (
                  <>
                    , signed <Time time={status.checkpointAt} now={now} />.
                  </>
                )}
              </h1>
              <p className="soft">
                {status.spoolLag === 0
                  ? "Nothing waits to be drained."
                  : `${plural(status.spoolLag, "record")} durable in the spool, not yet in the log.`}
              </p>
            </div>
            <Facts
              facts={[
                ["Log", <code key="origin">{status.origin}</code>],
                ["Size", status.size],
                ["Root", <code key="root">{status.root}</code>],
              ]}
            />
            <VerifyLedger />
            <Panel title="Checkpoint">
              <p>
                A copy kept elsewhere (a ticket, a mail, another machine) is what later shows that nothing was cut off
                or rolled back. Nothing inside this installation can show that.
              </p>
              {status.checkpoint === "" ? (
                <p className="soft">None was signed yet; the first follows the first record.</p>
              ) : (
                <CopyBlock label="checkpoint" text={status.checkpoint} />
              )}
            </Panel>
            <Panel title="Verifier key">
              <p>Who has this line can verify an export without asking this server.</p>
              <CopyBlock label="verifier key" text={status.verifierKey} />
            </Panel>
            <Panel title="For an auditor">
              <p>An export is a C2SP tlog-tiles folder: any tool that reads the format can check it, offline.</p>
              <CopyBlock
                lines
                label="commands"
                text={
                  "npx parapet evidence export --out ./evidence\nnpx parapet evidence verify ./evidence --against checkpoint.txt"
                }
              />
            </Panel>
            {mayErase ? <Erase /> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
};
