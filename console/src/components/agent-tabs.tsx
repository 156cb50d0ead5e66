import type { ReactNode } from "react";
import { PlaceTabs } from "./place-tabs.tsx";
import { AGENT_TABS } from "./shell/places.ts";

/** The pages of the place "Agents", on top of each of them. */
export const AgentTabs = (): ReactNode => <PlaceTabs label="Agents" tabs={AGENT_TABS} />;
