import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { invisibleRuns } from "./invisible-runs.ts";
import { hiddenMarkup } from "./hidden-markup.ts";

const Settings = z.strictObject({
  invisible_min: z
    .int()
    .positive()
    .default(8)
    .describe(
      "Invisible characters without a reason in spelling that make a text suspicious, even when they say nothing",
    ),
  markup: z
    .boolean()
    .default(true)
    .describe("Look for text that HTML or CSS hides from readers, in documents and tool results"),
});

// Longer contents are not repeated in a reason.
const QUOTED_UNITS_MAX = 60;

/** Text that a reader does not see and a model does: Unicode channels, and markup that hides. */
export const hiddenText = defineDetector({
  id: "hidden-text",
  version: "1",
  title: "Hidden text",
  description: "Finds text carried by characters that are not shown, or hidden by markup.",
  categories: ["hidden_text"],
  contextual: false,
  stream: { kind: "window", stride: 2048, reach: 4096 },
  settings: Settings,
  create: (settings) => (subject) => {
    const { forms, text } = subject.prepared;
    const detections: Detection[] = [];
    for (const form of forms) {
      if (form.view === "hidden" && !form.path.includes(" > ")) detections.push(channelDetection(form));
    }
    // Without a second form there is nothing outside ASCII in the text.
    if (forms.length > 1 && detections.length === 0) {
      const run = invisibleRuns(text, settings.invisible_min);
      if (run !== undefined) detections.push(run);
    }
    const isForeign =
      subject.provenance === "document" ||
      subject.provenance === "tool-result" ||
      subject.provenance === "tool-description";
    if (settings.markup && isForeign) detections.push(...hiddenMarkup(text));
    return completed(detections);
  },
});

const channelDetection = (form: TextForm): Detection => {
  const { start, end } = form.origin(0, form.text.length);
  const words = form.text.trim();
  const says = words.length <= QUOTED_UNITS_MAX ? `: “${words}”` : `, ${words.length} characters long`;
  const isOverride = form.path === "bidi override";
  return {
    category: "hidden_text",
    type: form.path.replaceAll(" ", "-"),
    // An override can be a careless right-to-left quotation; the other channels have no honest use.
    confidence: isOverride ? 0.7 : words.length >= 4 ? 0.98 : 0.8,
    severity: isOverride ? "medium" : "high",
    start,
    end,
    reason: `${NAMES[form.path] ?? form.path} carry text that is not shown${says}`,
    view: "hidden",
  };
};

const NAMES: Readonly<Record<string, string>> = {
  "unicode tags": "Unicode tag characters",
  "variation selectors": "Variation selectors",
  "zero-width bits": "Zero-width characters",
  "bidi override": "Direction overrides",
};
