import { RE2JS } from "re2js";

/** A pattern of the operator's on an engine whose time is linear in the text. */
export interface NamePattern {
  readonly name: string;
  /** Calls `found` for each match, at most `most` times. */
  readonly each: (text: string, most: number, found: (start: number, end: number) => void) => void;
}

/** Why a pattern does not compile, or undefined. */
export const patternProblem = (source: string): string | undefined => {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "is no regular expression";
  }
};

/** Compiles one pattern; throws when {@link patternProblem} has something to say. */
export const compilePattern = (name: string, source: string, ignoreCase: boolean): NamePattern => {
  const compiled = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return {
    name,
    each: (text, most, found) => {
      const matcher = compiled.matcher(text);
      for (let count = 0; count < most && matcher.find(); count++) {
        if (matcher.end() > matcher.start()) found(matcher.start(), matcher.end());
      }
    },
  };
};
