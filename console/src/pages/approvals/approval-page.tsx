import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { decideApproval } from "../../api/changes.ts";
import { approvalQuery, approvalsQuery } from "../../api/queries.ts";
import { Page } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { ApprovalView } from "./approval-view.tsx";
import { Decide } from "./decide.tsx";

/** One approval, for who is signed in. */
export const ApprovalPage = (): ReactNode => {
  const { id } = useParams({ from: "/approvals/$id" });
  const query = useQuery(approvalQuery(id));
  const client = useQueryClient();
  const refresh = (): void => void client.invalidateQueries({ queryKey: approvalsQuery.queryKey });
  return (
    <Page>
      <p className="small">
        <Link to="/approvals">Approvals</Link>{" "}
        <span className="soft">
          / <code>{id}</code>
        </span>
      </p>
      <Loaded query={query} height={480} title="Approval">
        {(approval) => (
          <>
            <ApprovalView approval={approval} />
            <Decide
              approval={approval}
              decide={async (decision) => {
                const result = await decideApproval(id, decision);
                refresh();
                return result;
              }}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
};
