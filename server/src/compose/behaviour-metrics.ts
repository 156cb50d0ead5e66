import type { Behaviour } from "#monitor";
import type { Metrics } from "#platform";

/** What the looks at behaviour did since the start. */
export const measureBehaviour = (metrics: Metrics, { figures }: Behaviour): void => {
  const gauge = (name: string, help: string, read: () => number): void => metrics.gauge(name, help).read(read);
  gauge("parapet_behaviour_looks", "Looks at behaviour since the start", () => figures().looks);
  gauge(
    "parapet_behaviour_failures",
    "Looks that failed since the start; each is tried again",
    () => figures().failures,
  );
  gauge(
    "parapet_behaviour_hours_judged",
    "Hours of subjects compared with their baselines since the start",
    () => figures().hours,
  );
  gauge("parapet_behaviour_anomalies", "Anomalies found since the start", () => figures().anomalies);
  gauge("parapet_behaviour_theft_signs", "Signs of stolen models found since the start", () => figures().theftSigns);
  gauge("parapet_behaviour_drifting", "Features of models and routes that drift now", () => figures().drifting);
  gauge("parapet_behaviour_look_seconds", "How long the newest look took", () => figures().tookMs / 1_000);
};
