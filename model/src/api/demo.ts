import { z } from "zod";

/** `GET /api/v1/demo`: the guided minute; `POST /api/v1/demo/{step}` sends one exchange through the demo route. */
export const DemoStep = z.object({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  expect: z.string().describe("What to look for"),
});
export const DemoSteps = z.object({ route: z.string().optional(), steps: z.array(DemoStep) });
export const DemoRun = z.object({ exchange: z.string(), verdict: z.string(), status: z.int(), answer: z.string() });
