import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Page } from "../../components/panel.tsx";
import { FindingDetail } from "./finding-detail.tsx";

export const FindingPage = (): ReactNode => {
  const { id } = useParams({ from: "/findings/$id" });
  return (
    <Page>
      <p className="small">
        <Link to="/findings">Findings</Link>{" "}
        <span className="soft">
          / <code>{id}</code>
        </span>
      </p>
      <FindingDetail key={id} id={id} heading />
    </Page>
  );
};
