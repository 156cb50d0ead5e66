const BLOCK = /^(?:\s|\d+[.)]\s|[-*•]\s|$)/;

/** Text that was broken into lines where it was written, as paragraphs and points: a line breaks only where one begins. */
export const unwrapped = (text: string): string =>
  text
    .split("\n")
    .reduce(
      (whole, line) =>
        whole === "" || BLOCK.test(line) || whole.endsWith("\n") ? `${whole}\n${line}` : `${whole} ${line}`,
      "",
    )
    .replace(/^\n/, "")
    .trimEnd();
