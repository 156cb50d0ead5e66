import type { Clue } from "@parapet/model";
import { z } from "zod";
import { completed, defineDetector, type Detection, type TextForm } from "../detector.ts";
import { onePerPlace } from "../one-per-place.ts";
import { clueOf, confidenceOf } from "../weigh.ts";
import { findRequests } from "./find-requests.ts";
import { readOnlyRequest, type ReadOnlyRequest } from "./user-request.ts";
import { countWords, PLACE_WEIGHT_MAX, weighPlace, weighWords, type WordCounts } from "./weigh-request.ts";

const Settings = z.strictObject({
  report_from: z.number().min(0).max(1).default(0.6).describe("Least confidence that is reported"),
});

const DETECTIONS_MAX = 20;

const ASKED = { summarise: "a summary", translate: "a translation", answer: "an answer" } as const;
const WHAT = { output: "other words in the answer", action: "an act", task: "a task of its own" } as const;

/** Documents and tool results that ask their reader for something, where the user asked only to read. */
export const requestedAction = defineDetector({
  id: "requested-action",
  version: "1",
  title: "Requested action",
  description:
    "Finds requests to the reader in documents and tool results, where the user asked only for a summary, a translation or an answer.",
  categories: ["requested_action"],
  contextual: true,
  skips: (provenance, direction) =>
    direction === "request" && (provenance === "document" || provenance === "tool-result")
      ? undefined
      : "only what the user gave to read can ask for more than the user did",
  stream: { kind: "window", stride: 2048, reach: 2048 },
  settings: Settings,
  create:
    (settings) =>
    ({ prepared, provenance, context }) => {
      const { userRequest } = context;
      const asked = userRequest === undefined ? undefined : readOnlyRequest(userRequest);
      if (userRequest === undefined || asked === undefined) return completed();
      const known = userClue(userRequest, asked);
      const from = Math.log(settings.report_from / Math.max(1e-9, 1 - settings.report_from));
      const detections: Detection[] = [];
      for (const form of prepared.forms) {
        if (form.view === "skeleton" || form.path.includes("reversed") || form.path.includes("rot13")) continue;
        const requests = findRequests(form.text);
        let counts: WordCounts | undefined;
        for (const request of requests) {
          const words = [...weighWords(form.text, request), known];
          if (words.reduce((sum, { weight }) => sum + weight, PLACE_WEIGHT_MAX) < from) continue;
          counts ??= countWords(form.text);
          const clues = [...words, ...weighPlace(form.text, request, counts, requests.length)];
          const confidence = confidenceOf(clues);
          if (confidence < settings.report_from) continue;
          detections.push({
            category: "requested_action",
            type: `asks-for-${request.kind}`,
            confidence,
            severity: confidence >= 0.75 ? "medium" : "low",
            ...form.origin(request.start, request.end),
            reason: `${provenance === "document" ? "A document" : "A tool's result"} asks its reader for ${WHAT[request.kind]}; the user asked only for ${ASKED[asked.what]}${behind(form)}`,
            view: form.view,
            clues,
          });
        }
      }
      return completed(onePerPlace(detections, DETECTIONS_MAX));
    },
});

const behind = ({ path }: TextForm): string => (path === "" ? "" : ` (behind ${path})`);

const userClue = (userRequest: string, { start, end, what }: ReadOnlyRequest): Clue =>
  clueOf(userRequest.slice(start, end), 0.6, `the user's message, ${start} to ${end}: asked only for ${ASKED[what]}`);
