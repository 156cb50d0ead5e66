import { z } from "zod";
import { completed, defineDetector, type Detection, type ForeignRequest } from "../detector.ts";
import { onePerPlace } from "../one-per-place.ts";
import { readOnlyRequest } from "../requested-action/user-request.ts";
import { clueOf, confidenceOf } from "../weigh.ts";
import { demandsOf, wordsOf, type Demand } from "./demands.ts";
import { obedienceOf } from "./obedience.ts";

const Settings = z.strictObject({
  report_from: z.number().min(0).max(1).default(0.6).describe("Least confidence that is reported"),
});

const DETECTIONS_MAX = 8;
const ANSWER_UNITS_MAX = 32 * 1024;

const cache = new WeakMap<readonly ForeignRequest[], readonly (readonly Demand[])[]>();

/** A stream asks again and again with the same requests. */
const demandsOfAll = (requests: readonly ForeignRequest[]): readonly (readonly Demand[])[] => {
  const known = cache.get(requests);
  if (known !== undefined) return known;
  const made = requests.map(({ text }) => demandsOf(text));
  cache.set(requests, made);
  return made;
};

/** Answers and tool calls that do what a document asked and the user did not. */
export const goalChange = defineDetector({
  id: "goal-change",
  version: "1",
  title: "Goal change",
  description:
    "Finds answers and tool calls that carry out what a document or a tool's result asked for, where the user asked only to read.",
  categories: ["goal_change"],
  contextual: true,
  skips: (provenance, direction) =>
    direction === "response" && (provenance === "model" || provenance === "tool-arguments")
      ? undefined
      : "only an answer can obey a document",
  stream: { kind: "window", stride: 512, reach: 2048 },
  settings: Settings,
  create:
    (settings) =>
    ({ prepared, provenance, context }) => {
      const { userRequest, foreignRequests } = context;
      if (userRequest === undefined || foreignRequests === undefined || foreignRequests.length === 0)
        return completed();
      const asked = readOnlyRequest(userRequest);
      // A translation holds what the document says, requests included.
      if (asked === undefined || (asked.what === "translate" && provenance === "model")) return completed();
      const userText = userRequest.toLowerCase();
      const known = { userWords: wordsOf(userText), userText, isCall: provenance === "tool-arguments" };
      const form = prepared.forms[0];
      if (form === undefined) return completed();
      const answer = form.text.slice(0, ANSWER_UNITS_MAX);
      const detections: Detection[] = [];
      for (const [position, demands] of demandsOfAll(foreignRequests).entries()) {
        for (const demand of demands) {
          const obedience = obedienceOf(answer, demand, known);
          if (obedience === undefined) continue;
          const confidence = confidenceOf(obedience.clues);
          if (confidence < settings.report_from) continue;
          const source = foreignRequests[position]?.provenance === "document" ? "a document" : "a tool's result";
          detections.push({
            category: "goal_change",
            type: known.isCall ? "obeys-with-tool" : "obeys-in-answer",
            confidence,
            severity: confidence >= 0.75 ? "medium" : "low",
            ...form.origin(obedience.start, obedience.end),
            reason: `The ${known.isCall ? "tool call" : "answer"} does what ${source} asked for; the user asked only to read`,
            view: form.view,
            clues: [clueOf(demand.text, 0, `what ${source} asked for`), ...obedience.clues],
          });
        }
      }
      return completed(onePerPlace(detections, DETECTIONS_MAX));
    },
});
