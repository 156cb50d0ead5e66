import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PROTOCOLS } from "#protocols";
import { openRoad, policies, rawEvent, NO_CONTEXT, requestOf, SECRET } from "./pipeline.fixture.ts";
import { createStreamGuard } from "./stream-guard.ts";

const responses = PROTOCOLS.flatMap(({ endpoints }) => endpoints).find(({ name }) => name === "POST /responses");
const place = { output_index: 0, content_index: 0 };
const itemOf = (text: string) => ({
  id: "m",
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});

/** A text in pieces, and then said again as these. */
const eventsOf = (pieces: readonly string[], again: readonly string[]): readonly object[] => [
  { type: "response.output_item.added", output_index: 0, item: { ...itemOf(""), content: [] } },
  ...pieces.map((delta) => ({ type: "response.output_text.delta", ...place, delta })),
  ...again.map((text) => ({ type: "response.content_part.done", ...place, part: { type: "output_text", text } })),
  {
    type: "response.completed",
    response: { object: "response", id: "r", status: "completed", output: [itemOf(again.at(-1) ?? "")] },
  },
];

const run = async (events: readonly object[]) => {
  const road = openRoad({ policies });
  const decoder = responses?.streamDecoder?.(0);
  if (decoder === undefined) throw new Error("responses do not stream");
  road.exchange.judgeRequest(requestOf([]), NO_CONTEXT);
  const guard = createStreamGuard(road.exchange, decoder);
  const shown: string[] = [];
  for (const event of events) {
    const { outgoing } = await guard.push(rawEvent(JSON.stringify(event)));
    for (const one of outgoing) shown.push(one.kind === "raw" ? one.raw.toString().slice("data: ".length) : one.data);
  }
  const parsed = shown.map((data) => JSON.parse(data));
  return {
    grown: parsed.map(({ delta }) => delta ?? "").join(""),
    again: parsed.flatMap(({ part, response }) => part?.text ?? response?.output[0].content[0].text ?? []),
    segments: road.exchange.nextSegmentIndex(),
  };
};

test("a text that is said again is said as the caller saw it, and is one text", async () => {
  const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.constantFrom("", "Take this. "), async (places, before) => {
      const text = `${before}The key is ${SECRET} and no more`;
      const bounds = [0, ...places.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length];
      const pieces = bounds.slice(1).map((to, at) => text.slice(bounds[at], to));
      const { grown, again, segments } = await run(eventsOf(pieces, [text, text]));
      expect(grown).not.toContain(SECRET.slice(0, 10));
      expect(again).toEqual([grown, grown, grown]);
      expect(segments).toBe(1);
    }),
    { numRuns: 40 },
  );
});

test("what is said again in other words is a text of its own, inspected like any", async () => {
  const { again, segments } = await run(eventsOf(["Nothing here."], [`Nothing here. But ${SECRET} is.`]));
  expect(again.join()).not.toContain(SECRET);
  expect(again[0]).toMatch(/^Nothing here\. But \[REDACTED:[a-z-]+\] is\.$/);
  expect(segments).toBeGreaterThan(1);
});
