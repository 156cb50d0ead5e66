import { chanceOf, logOddsOfChance, severityOf } from "./by-confidence.ts";
import { completed, type Detection, type Inspection, type Subject } from "./detector.ts";
import {
  classifierLogOdds,
  type ClassifiedCategory,
  type ClassifierSettings,
  createClassifierInspection,
} from "./injection-classifier/index.ts";
import { createEvidenceInspection, type EvidenceKind } from "./instruction-evidence/index.ts";

/** By how much rules may raise what the classifier says, in log-odds: they know words, not what a text does with them. */
const RAISE_MAX = 1.5;

/**
 * Weighed rules and the trained classifier on one text: two opinions about one thing are one match, the more confident
 * one, where rules count no more than the classifier bears out.
 */
export const createRulesAndClassifier = (kind: EvidenceKind & ClassifiedCategory) => {
  const rules = createEvidenceInspection(kind);
  const classifier = createClassifierInspection(kind);
  return (settings: ClassifierSettings): ((subject: Subject) => Inspection) => {
    const byRules = rules(settings);
    const byClassifier = classifier(settings);
    const { doubt_from: doubtFrom } = settings;
    const byDoubt = doubtFrom === undefined ? undefined : classifier({ ...settings, report_from: doubtFrom });
    const nothing = (subject: Subject): Inspection => {
      const doubts = byDoubt?.(subject).detections ?? [];
      return doubts.length === 0 ? completed() : { outcome: "completed", detections: [], doubts };
    };
    return (subject) => {
      const bound = classifierLogOdds(subject) + RAISE_MAX;
      // Most text: whatever the rules said, nothing would be reported, so they need not read it.
      if (chanceOf(bound) < settings.report_from) return nothing(subject);
      const classified = byClassifier(subject).detections[0];
      const ruled = tempered(byRules(subject).detections[0], bound);
      const best =
        ruled !== undefined && ruled.confidence > (classified?.confidence ?? settings.report_from) ? ruled : classified;
      return best === undefined ? nothing(subject) : completed([best]);
    };
  };
};

const tempered = (detection: Detection | undefined, bound: number): Detection | undefined => {
  if (detection === undefined || logOddsOfChance(detection.confidence) <= bound) return detection;
  const confidence = chanceOf(bound);
  return { ...detection, confidence, severity: severityOf(confidence) };
};
