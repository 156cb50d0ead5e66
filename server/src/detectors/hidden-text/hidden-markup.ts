import type { Detection } from "../detector.ts";

// Linear: no part of a pattern can match the same text in two ways, and every repeat is bounded.
const HIDING_STYLE =
  /\bstyle\s{0,4}=\s{0,4}["'][^"'<>]{0,300}?(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|font-size\s{0,4}:\s{0,4}0(?:px|pt|em|rem|%)?\s{0,4}[;"']|opacity\s{0,4}:\s{0,4}0(?:\.0)?\s{0,4}[;"']|color\s{0,4}:\s{0,4}(?:#fff(?:fff)?|white|transparent)\b|text-indent\s{0,4}:\s{0,4}-\d{3,5})[^>]{0,300}>/gi;
const COMMENT = "<!--";

// Words that speak to whoever reads the text as instructions rather than as a page.
const ADDRESSES_READER =
  /\b(?:ignore|disregard|forget|override|instructions?|assistant|AI|LLM|language model|chatgpt|claude|gemini|copilot|agents?|prompt|you must|you are|do not (?:tell|mention)|send|forward|reply|respond|system)\b/i;

// Words of machines, or of setting instructions aside: pages have no reason to hide these from people.
const ADDRESSES_MODEL =
  /\b(?:AI|LLM|language model|chatgpt|claude|gemini|copilot|assistant|agents?|system (?:prompt|message)|system\s?:|(?:reply|respond|answer) (?:with|only)|passwords?|credentials?|secrets?|do not (?:tell|mention)|(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|rules?|prompts?|guidelines|previous|above))\b/i;

const CONTENT_UNITS_MAX = 2000;
const FINDINGS_MAX = 16;

/** Passages that a page hides from its readers: styles and comments. A bare comment is ordinary. */
export const hiddenMarkup = (text: string): Detection[] => {
  const found: Detection[] = [];
  if (!text.includes("<")) return found;
  for (const match of text.matchAll(HIDING_STYLE)) {
    if (found.length >= FINDINGS_MAX) return found;
    const from = match.index + match[0].length;
    const close = text.indexOf("</", from);
    const content = text.slice(from, close < 0 ? from + CONTENT_UNITS_MAX : Math.min(close, from + CONTENT_UNITS_MAX));
    if (!/[\p{L}]{3}/u.test(content)) continue;
    const isForModel = ADDRESSES_MODEL.test(content);
    const speaks = isForModel || ADDRESSES_READER.test(content);
    found.push({
      category: "hidden_text",
      type: "hidden-style",
      // Together with signs of an injection the weaker one is enough for a policy, alone it is not.
      confidence: isForModel ? 0.85 : speaks ? 0.7 : 0.4,
      severity: isForModel ? "high" : speaks ? "medium" : "low",
      start: match.index,
      end: from + content.length,
      reason: isForModel
        ? "A style hides text that speaks to a model or its agent"
        : speaks
          ? "A style hides text that gives orders"
          : "A style hides this text from readers of the page",
      view: "original",
    });
  }
  for (let start = text.indexOf(COMMENT); start >= 0 && found.length < FINDINGS_MAX;) {
    const close = text.indexOf("-->", start + COMMENT.length);
    const end = close < 0 ? text.length : close + 3;
    const content = text.slice(start, Math.min(end, start + CONTENT_UNITS_MAX));
    if (speaksToModel(content)) {
      found.push({
        category: "hidden_text",
        type: "hidden-comment",
        confidence: 0.65,
        severity: "medium",
        start,
        end: Math.min(end, start + CONTENT_UNITS_MAX),
        reason: "A comment that readers do not see speaks to a model",
        view: "original",
      });
    }
    start = close < 0 ? -1 : text.indexOf(COMMENT, end);
  }
  return found;
};

const speaksToModel = (content: string): boolean =>
  /\b(?:AI|LLM|language model|chatgpt|claude|gemini|copilot|assistant|chatbot|agent)s?\b/i.test(content) &&
  /\b(?:ignore|disregard|must|should|do not|don't|instructions?|send|forward|include|say|tell|reply|respond|recommend)\b/i.test(
    content,
  );
