import { expect, test } from "vitest";
import { segmentOf } from "./pipeline.fixture.ts";
import { createRequestReader } from "./user-requests.ts";

test("a document is read for the message before it, or for the first one where it stands before all", () => {
  const page = (index: number) => segmentOf("a page", "document", index);
  const segments = [page(0), segmentOf("Summarise.", "user", 1), page(2), segmentOf("Translate.", "user", 3), page(4)];
  const { requestFor } = createRequestReader(segments);
  expect(segments.map(requestFor)).toEqual(["Summarise.", undefined, "Summarise.", undefined, "Translate."]);
});

// Finishing inside the test's time is the point: looking for the user anew at each result takes minutes here.
test("a body of tool results without a user is read once", () => {
  const segments = Array.from({ length: 100_000 }, (_, index) => segmentOf("a", "tool-result", index));
  const { requestFor } = createRequestReader(segments);
  expect(segments.some((segment) => requestFor(segment) !== undefined)).toBe(false);
});
