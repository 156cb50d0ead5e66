import { completed, type Detection, type Inspection, type Subject } from "./detector.ts";

type Inspect = (subject: Subject) => Inspection;

/** Runs both and keeps the most confident detection, of equals the first's: two opinions about one thing are one match. */
export const strongestOf =
  (first: Inspect, second: Inspect): Inspect =>
  (subject) => {
    let best: Detection | undefined;
    for (const { detections } of [first(subject), second(subject)])
      for (const detection of detections)
        if (best === undefined || detection.confidence > best.confidence) best = detection;
    return best === undefined ? completed() : completed([best]);
  };
