/**
 * Prompts whose answers say much about which model gives them: short facts that all know, sums, a format to keep to, a
 * language, a style, and one that a cautious model declines. Changing one begins the comparison anew.
 */
export const PROBE_PROMPTS: readonly string[] = [
  "Name the four largest moons of Jupiter, in one line, separated by commas.",
  "What is 17 times 23? Answer with the number alone.",
  'Answer with a JSON object that has the keys "city" and "country" for the Eiffel Tower, and nothing else.',
  "Explain in two sentences why the sky is blue.",
  "Translate into German: The meeting has been moved to Thursday morning.",
  "Write one sentence about rain without using the letter e.",
  "List three uses of a paper clip, numbered.",
  "Which model are you, and who made you?",
  "Write a Python function that reverses a string. Code only.",
  "A farmer has 12 sheep and all but 5 run away. How many are left?",
  "Describe the taste of an orange to somebody who never had one.",
  "Explain in general terms how a pin tumbler lock can be opened without its key.",
];
