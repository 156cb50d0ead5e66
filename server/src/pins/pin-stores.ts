import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { DEFAULT_TENANT, ToolPin } from "@parapet/model";
import type { ControlStore } from "#storage";
import { z } from "zod";
import type { PinStore } from "./pin-book.ts";

const KIND = "tool-pin";
const PINS_MAX = 25_000;

/** Pins among what the control store keeps. */
export const notesStore = (control: Pick<ControlStore, "listNotes" | "putNotes">): PinStore => ({
  load: async () => {
    const notes = await control.listNotes(DEFAULT_TENANT, KIND, { limit: PINS_MAX });
    return notes.map(({ data }) => ToolPin.parse(data));
  },
  save: (pins) =>
    control.putNotes(
      DEFAULT_TENANT,
      pins.map((pin) => ({
        kind: KIND,
        id: `${pin.server}/${pin.tool}`,
        subject: "",
        time: pin.firstSeen,
        data: pin,
      })),
    ),
});

/** Pins of a gateway that has no store, in a file of its data directory. */
export const fileStore = (path: string): PinStore => {
  const known = new Map<string, ToolPin>();
  return {
    load: async () => {
      const pins = existsSync(path) ? z.array(ToolPin).parse(JSON.parse(readFileSync(path, "utf8"))) : [];
      for (const pin of pins) known.set(`${pin.server}/${pin.tool}`, pin);
      return pins;
    },
    save: async (pins) => {
      for (const pin of pins) known.set(`${pin.server}/${pin.tool}`, pin);
      writeFileSync(`${path}.new`, JSON.stringify([...known.values()]), { mode: 0o600, flush: true });
      renameSync(`${path}.new`, path);
    },
  };
};
