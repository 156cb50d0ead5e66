/** A part of a source's instructions: words, or something to copy. */
export type SetupPart =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "code"; readonly text: string };

/** Markdown of the catalogue as far as it is used there: paragraphs and fenced code. */
export const setupParts = (markdown: string): readonly SetupPart[] =>
  markdown.split(/^```\w*$/m).flatMap((text, position): SetupPart[] => {
    const trimmed = text.replace(/^\n+|\s+$/g, "");
    if (trimmed === "") return [];
    if (position % 2 === 1) return [{ kind: "code", text: trimmed }];
    return trimmed.split(/\n{2,}/).map((words) => ({ kind: "words", text: words }));
  });

/** The section of parapet.yaml that connects a source of this kind. */
export const configurationFor = (kind: string): string => {
  const name = `${kind.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}_SOURCE_KEY`;
  return `sources:\n  - id: ${kind}\n    kind: ${kind}\n    credential: \${${name}}\n    silentAfterMinutes: 60`;
};
