/** Words by which an answer sounds glad to help or not: sentiment in the crude sense that a shift of it can be seen. */
const WARM = `glad happy great thanks thank welcome pleasure sure absolutely certainly excellent wonderful perfect good
  gern gerne danke natürlich klar prima super freut merci volontiers parfait excellent gracias claro perfecto encantado`;
const COLD = `sorry unfortunately cannot can't unable regret apologise apologize wrong error failed refuse bad terrible
  leider entschuldigung nicht kann fehler falsch désolé malheureusement erreur impossible lamento desgraciadamente`;
const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));
const WARM_WORDS = set(WARM);
const COLD_WORDS = set(COLD);

/** From -1 to 1; 0 when neither side speaks. */
export const toneOf = (words: readonly string[]): number => {
  let warm = 0;
  let cold = 0;
  for (const word of words) {
    if (WARM_WORDS.has(word)) warm += 1;
    else if (COLD_WORDS.has(word)) cold += 1;
  }
  return warm + cold === 0 ? 0 : (warm - cold) / (warm + cold);
};

const REFUSAL =
  /^[^.!?\n]{0,80}\b(?:(?:i|we) (?:can(?:no|')t|am unable to|'m unable to|won't|must decline)|i'm (?:sorry|not able to)|je ne peux pas|no puedo|ich kann (?:dir|ihnen|das|dabei)? ?nicht|non posso)\b/i;
const BEGINNING_UNITS = 240;

/** Whether an answer begins by declining. */
export const isRefusal = (text: string): boolean => REFUSAL.test(text.slice(0, BEGINNING_UNITS).replaceAll("’", "'"));
