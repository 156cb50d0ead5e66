import { useLocalStorage } from "@mantine/hooks";

/** What one person set for one browser; nothing here reaches the server. */
export type Zone = "local" | "utc";

const text = (value: string): string => value;

export const useZone = (): readonly [Zone, (zone: Zone) => void] => {
  const [value, set] = useLocalStorage({
    key: "parapet.zone",
    defaultValue: "local",
    serialize: text,
    deserialize: (v) => v ?? "local",
    getInitialValueInEffect: false,
  });
  return [value === "utc" ? "utc" : "local", set];
};

/** Single-key shortcuts can be turned off (WCAG 2.1.4): speech input types letters too. */
export const useShortcutsOn = (): readonly [boolean, (on: boolean) => void] => {
  const [value, set] = useLocalStorage({
    key: "parapet.shortcuts",
    defaultValue: "on",
    serialize: text,
    deserialize: (v) => v ?? "on",
    getInitialValueInEffect: false,
  });
  return [value !== "off", (on) => set(on ? "on" : "off")];
};

export const useHiddenColumns = (
  table: string,
): readonly [ReadonlySet<string>, (columns: ReadonlySet<string>) => void] => {
  const [value, set] = useLocalStorage({
    key: `parapet.columns.${table}`,
    defaultValue: "",
    serialize: text,
    deserialize: (v) => v ?? "",
    getInitialValueInEffect: false,
  });
  return [new Set(value.split(",").filter(Boolean)), (columns) => set([...columns].join(","))];
};
