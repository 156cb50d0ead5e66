/**
 * Detectors: code that looks at one text and reports typed spans with confidence and reason.
 *
 * Pure: no clock, network, files or randomness; what they need arrives in the subject. They never decide what
 * happens to a text, that is policy's. Invariant: a span points into the text as received, whatever form it was
 * found in, and a detector that throws is `failed`, never clean.
 */
import { catalogued, type CataloguedDetector } from "./catalogued.ts";
import { encodedPayload } from "./encoded-payload/encoded-payload.ts";
import { exfiltrationChannel } from "./exfiltration-channel/exfiltration-channel.ts";
import { goalChange } from "./goal-change/goal-change.ts";
import { hiddenText } from "./hidden-text/hidden-text.ts";
import { internalNames } from "./internal-names/internal-names.ts";
import { jailbreakDetector } from "./jailbreak/jailbreak.ts";
import { personalDataDetector } from "./personal-data/personal-data.ts";
import { promptInjectionDetector } from "./prompt-injection/prompt-injection.ts";
import { refusal } from "./refusal/refusal.ts";
import { requestedAction } from "./requested-action/requested-action.ts";
import { secretsDetector } from "./secrets/secrets.ts";
import { systemPromptLeak } from "./system-prompt-leak/system-prompt-leak.ts";
import { unsafeCode } from "./unsafe-code/unsafe-code.ts";
import { unsafeContent } from "./unsafe-content/unsafe-content.ts";
import { unsafeMarkup } from "./unsafe-markup/unsafe-markup.ts";

/** Every detector, one line each. */
export const DETECTORS: readonly CataloguedDetector[] = [
  catalogued(hiddenText),
  catalogued(encodedPayload),
  catalogued(promptInjectionDetector),
  catalogued(jailbreakDetector),
  catalogued(secretsDetector),
  catalogued(personalDataDetector),
  catalogued(exfiltrationChannel),
  catalogued(unsafeMarkup),
  catalogued(systemPromptLeak),
  catalogued(internalNames),
  catalogued(requestedAction),
  catalogued(goalChange),
  catalogued(unsafeCode),
  catalogued(unsafeContent),
  catalogued(refusal),
];

export type { Detection, Inspection, InspectionContext, PreparedText, TextForm } from "./detector.ts";
export type { CataloguedDetector } from "./catalogued.ts";
export {
  createInspector,
  type DetectorIdentity,
  type DetectorResult,
  type Inspector,
  type Selection,
  type SubjectFrame,
} from "./engine.ts";
export { prepareText } from "./prepare.ts";
export { latinOf } from "./views/confusables.ts";
export { HOLD_UNITS_MAX, type StreamDetection, type StreamInspector, type StreamStep } from "./stream-inspector.ts";
