import type { ReactNode } from "react";
import { VisibleText } from "./untrusted.tsx";
import classes from "./cedar-text.module.css";

const TOKENS =
  /(?<comment>\/\/.*)|(?<string>"(?:\\.|[^"\\])*")|(?<annotation>@\w+)|\b(?<keyword>permit|forbid|when|unless|if|then|else|in|has|like|is|true|false|principal|action|resource|context)\b|\b(?<number>\d+)\b/g;

interface Token {
  readonly kind: string;
  readonly text: string;
}

/** One line cut into coloured and plain words. */
const tokensOf = (line: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of line.matchAll(TOKENS)) {
    if (match.index > at) tokens.push({ kind: "plain", text: line.slice(at, match.index) });
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? "plain";
    tokens.push({ kind, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < line.length) tokens.push({ kind: "plain", text: line.slice(at) });
  return tokens;
};

/** Cedar for reading: the editor, which is heavier than the rest of the page, loads only where text is changed. */
export const CedarText = ({
  label,
  text,
  firstLine,
}: {
  readonly label: string;
  readonly text: string;
  readonly firstLine: number;
}): ReactNode => (
  <pre className={classes.text} tabIndex={0} aria-label={label}>
    {text
      .trimEnd()
      .split("\n")
      .map((line, position) => (
        <div key={position} className={classes.line} data-line={firstLine + position}>
          {tokensOf(line).map((token, place) => (
            <span key={place} data-kind={token.kind}>
              <VisibleText text={token.text} />
            </span>
          ))}
        </div>
      ))}
  </pre>
);
