import { expect, test } from "vitest";
import { silentLogger } from "#platform";
import { createTextInspector } from "./text-inspector.ts";

test("batch after batch is inspected by one worker", async () => {
  const inspector = createTextInspector(
    { settings: { "internal-names": { names: ["Project Heron"] } }, contentKey: new Uint8Array(32) },
    silentLogger,
  );
  try {
    for (const text of ["Project Heron is late.", "When is Project Heron due?", "Who leads Project Heron?"]) {
      const [inspected] = await inspector.inspect([[{ provenance: "user", text }]]);
      expect(inspected?.matches.map(({ category }) => category)).toEqual(["internal_name"]);
      expect(inspected?.unscannable).toBe(0);
    }
  } finally {
    await inspector.close();
  }
});
