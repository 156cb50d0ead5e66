import { SegmentedControl, Switch, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Panel } from "../../components/panel.tsx";
import { useShortcutsOn, useZone } from "../../components/preferences.ts";
import classes from "./page.module.css";

const SCHEMES: readonly { readonly value: MantineColorScheme; readonly label: string }[] = [
  { value: "auto", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** Kept in this browser only. */
export const Preferences = (): ReactNode => {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [zone, setZone] = useZone();
  const [shortcuts, setShortcuts] = useShortcutsOn();
  return (
    <Panel title="This browser">
      <div className={classes.preferences}>
        <span id="scheme">Theme</span>
        <SegmentedControl
          size="xs"
          aria-labelledby="scheme"
          data={[...SCHEMES]}
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((scheme) => scheme.value === value)?.value ?? "auto")}
        />
        <span id="zone">Absolute times</span>
        <SegmentedControl
          size="xs"
          aria-labelledby="zone"
          data={[
            { value: "local", label: `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone})` },
            { value: "utc", label: "UTC" },
          ]}
          value={zone}
          onChange={(value) => setZone(value === "utc" ? "utc" : "local")}
        />
        <span>Single-key shortcuts</span>
        <Switch
          size="xs"
          aria-label="Single-key shortcuts"
          checked={shortcuts}
          onChange={(event) => setShortcuts(event.currentTarget.checked)}
        />
      </div>
    </Panel>
  );
};
