import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { decideByLink } from "../../api/changes.ts";
import { approvalLinkQuery } from "../../api/queries.ts";
import { Page } from "../../components/panel.tsx";
import { Loaded } from "../../components/states.tsx";
import { ApprovalView } from "./approval-view.tsx";
import { Decide } from "./decide.tsx";

/** What a signed link opens: this approval and nothing else, as the person whom it was made for. */
export const ApprovalLinkPage = ({ token }: { readonly token: string }): ReactNode => {
  const query = useQuery(approvalLinkQuery(token));
  return (
    <main>
      <Page>
        <Loaded query={query} height={480} title="Approval">
          {(approval) => (
            <>
              <p className="soft small">You decide as {approval.approver}. Do not pass this link on.</p>
              <ApprovalView approval={approval} bare />
              <Decide
                approval={approval}
                decide={async (decision) => {
                  const result = await decideByLink(token, decision);
                  void query.refetch();
                  return result;
                }}
              />
            </>
          )}
        </Loaded>
      </Page>
    </main>
  );
};
