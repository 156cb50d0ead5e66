/** What the user asked for, when it was only to be told something. */
export interface ReadOnlyRequest {
  /** `summarise`, `translate`, `answer`: for reasons. */
  readonly what: "summarise" | "translate" | "answer";
  /** The words that say so, in the user's text (UTF-16 units). */
  readonly start: number;
  readonly end: number;
}

// A request stands at the beginning or at the end of a message; what stands between is often pasted.
const EDGE_UNITS = 500;

const SUMMARISE =
  /\b(?:summari[sz]e|summary|sum\sup|tl;?dr|recap|key\spoints|main\spoints|gist|outline|overview|zusammen\s?fass\w{0,4}|fass(?:e|en)?\b|überblick|résum[eéè]\w{0,4}|resum\w{1,6}|riassum\w{1,5}|sintesi|sintetizza|samenvat\w{0,5}|vat\b)/i;
const TRANSLATE = /\b(?:translat\w{1,4}|übersetz\w{0,3}|tradu\w{1,6}|vertaal|vertaling)/i;
const ANSWER =
  /\b(?:what|who|whom|whose|when|where|which|why|how\s(?:many|much|long|old|often|far|do|does|did|is|are|can)|explain|describe|tell\sme|list|extract|find|identify|classify|compare|analy[sz]e|read|look\s(?:at|up|through)|check|show|is\s(?:there|it|this)|does|do\s(?:we|they|i)|did|are\sthere|was|has|have|search|was|wer|wann|wo|welche[rsnm]?|warum|wie\sviele?|erklär\w{0,4}|beschreib\w{0,3}|nenne|quand|qui|quel(?:le)?s?|combien|pourquoi|explique\w{0,3}|qué|quién|cuándo|cuánt[oa]s?|dónde|cuál(?:es)?|explica\w{0,3}|chi|quando|dove|quale|quanti|spiega|quem|onde|qual|quantos|explique|wat|wie|wanneer|waar|welke|hoeveel|leg\suit)\b/i;

/** The user wants something done, or leaves what to do to the text. */
const ACTS =
  /\b(?:send|forward|repl(?:y|ies)|respond\s(?:to|with)|email\s(?:him|her|them|it|the)|draft|write\s(?:an?|the|back|to|me)|compose|create|generate|run|execute|book|buy|order\s(?:the|a|me)|delete|remove|update|change|edit|install|set\sup|implement|fix|refactor|deploy|apply|follow\s(?:the|its|these|those|all|any)|do\s(?:what|whatever|as|everything)|carry\sout|act\son|handle|take\scare|schedule|invite|post\s(?:it|this|the|a)|upload|download|pay|transfer|cancel|approve|add\s(?:it|this|the|a)|move|rename|save|store|complete\sthe|continue\s(?:the|with)|process\s(?:the|this|these)|fill\s(?:in|out)|solve|use\sthe\stemplate|schick\w{0,2}|send(?:e|en)|leite|antworte|schreib\w{0,2}|erstelle?|lösch\w{0,2}|ändere?|führe?\s|buche?|envoie\w{0,2}|réponds|écris|crée|supprime|exécute|env[ií]a\w{0,2}|responde|escribe|crea\b|borra|ejecuta|invia|rispondi|scrivi|cancella|envie|responda|escreva|crie|apague|stuur|antwoord|schrijf|maak|verwijder)\b/i;

/** Undefined where the user asked for more than to be told something, or where nobody can say. */
export const readOnlyRequest = (text: string): ReadOnlyRequest | undefined => {
  const isLong = text.length > 2 * EDGE_UNITS;
  const head = isLong ? text.slice(0, EDGE_UNITS) : text;
  const tail = isLong ? text.slice(-EDGE_UNITS) : "";
  if (ACTS.test(head) || ACTS.test(tail)) return undefined;
  return asked(head, 0) ?? asked(tail, text.length - tail.length);
};

const asked = (text: string, offset: number): ReadOnlyRequest | undefined => {
  for (const [what, pattern] of [
    ["summarise", SUMMARISE],
    ["translate", TRANSLATE],
    ["answer", ANSWER],
  ] as const) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const lineEnd = text.indexOf("\n", found.index);
    const lineStart = text.lastIndexOf("\n", found.index) + 1;
    const start = Math.max(lineStart, found.index - 60);
    return {
      what,
      start: offset + start,
      end: offset + Math.min(lineEnd < 0 ? text.length : lineEnd, found.index + 90),
    };
  }
  return undefined;
};
