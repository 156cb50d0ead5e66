import type { ReactNode } from "react";
import { PlaceTabs } from "./place-tabs.tsx";
import { DETECT_TABS } from "./shell/places.ts";

/** The pages of the place "Detect", on top of each of them. */
export const DetectTabs = (): ReactNode => <PlaceTabs label="Detect" tabs={DETECT_TABS} />;
