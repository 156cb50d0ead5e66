import { Drawer, Kbd } from "@mantine/core";
import type { ReactNode } from "react";
import { useShortcutsOn } from "../preferences.ts";
import { PLACES } from "./places.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Search"],
  ["?", "This list"],
  ["j", "Next row"],
  ["k", "Row before"],
  ["Enter", "Open the row"],
  ["p", "Pause or go on with live rows"],
  ["e", "Resolve the finding"],
  ["n", "Next match in an exchange"],
  ...PLACES.map((place) => [`g ${place.key}`, place.label] as const),
];

export const KeyList = ({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactNode => {
  const [on] = useShortcutsOn();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="xs"
      title="Keys"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {on ? null : <p>Single keys are turned off in Settings.</p>}
      <table className="plain">
        <tbody>
          {KEYS.map(([key, meaning]) => (
            <tr key={key}>
              <td>
                {key.split(" ").map((part) => (
                  <Kbd key={part} mr={4}>
                    {part}
                  </Kbd>
                ))}
              </td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Drawer>
  );
};
