/**
 * The trained classifier that tells instructions to the assistant from everything else; shared by the detectors of
 * prompt injection and of jailbreaks, which differ in the kinds of attack they answer for. Training is in `training/`,
 * the weights in `models/injection`.
 *
 * It must not decide what happens to a text, and a text's own claims never change whose words it is taken for.
 * Invariant: training and inspection read a text through the same functions (tokens and features).
 */
export {
  classifierLogOdds,
  ClassifierSettings,
  createClassifierInspection,
  type ClassifiedCategory,
} from "./inspect.ts";
