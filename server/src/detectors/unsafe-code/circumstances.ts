import type { Clue } from "@parapet/model";
import type { TextForm } from "../detector.ts";
import { clueOf } from "../weigh.ts";
import type { CodePattern, CodeType } from "./code-patterns.ts";

interface Circumstance {
  readonly pattern: RegExp;
  readonly weight: number;
  readonly why: string;
  /** Only for these types; all when left out. */
  readonly types?: ReadonlySet<CodeType>;
  /** `match`: the matched words; `line`: their line; `near`: some lines; `around`: these without the matched words. */
  readonly where: "match" | "line" | "near" | "around";
}

const types = (...names: CodeType[]): ReadonlySet<CodeType> => new Set(names);

const CIRCUMSTANCES: readonly Circumstance[] = [
  {
    where: "around",
    pattern:
      /\b(?:never|do\snot|don['’]t|avoid|must\snot|should(?:\snot|n['’]t)|dangerous|insecure|vulnerab\w{2,6}|unsafe|malicious|attacker|exploit|anti-?pattern|bad\s(?:example|practice)|wrong|nicht|niemals|gefährlich|unsicher|ne\s(?:jamais|pas)|nunca|no\suses?|peligros\w{1,3})\b/i,
    weight: -1.2,
    why: "the words around it warn of it",
  },
  { where: "line", pattern: /\bsudo\b|\bas\sroot\b/i, weight: 0.4, why: "as the administrator" },
  {
    where: "line",
    pattern: /\b(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)\b/i,
    weight: -1.2,
    why: "it concerns this machine only",
    types: types("tls-off", "download-run"),
  },
  {
    where: "line",
    pattern: /^\s{0,40}(?:#|\/\/|--|;|\*|rem\b)/i,
    weight: -0.5,
    why: "the line is a comment",
  },
  {
    where: "match",
    pattern:
      /your|example|placeholder|change_?me|xxx|dummy|sample|redacted|insert|replace|\*\*\*|\.\.\.|todo|here["']|test|fake|process\.env|getenv|environ/i,
    weight: -2.2,
    why: "a stand-in, not a credential",
    types: types("credential-in-code"),
  },
  {
    where: "near",
    pattern:
      /\b(?:create\stable|rollback|migration|downgrade|down\(|temp(?:orary)?\stable|staging|_tmp|test_?db|fixture)\b/i,
    weight: -0.9,
    why: "a migration or a test makes the table again",
    types: types("sql-destruction"),
  },
  {
    where: "match",
    pattern: /^drop\s(?:database|schema)|^truncate|^delete/i,
    weight: 0.5,
    why: "everything in it goes",
    types: types("sql-destruction"),
  },
  {
    where: "near",
    pattern:
      /\b(?:requests\.|urlopen|recv\(|socket|request\.|req\.|cookies?|\$_(?:GET|POST|COOKIE)|b64decode|fetch\()/i,
    weight: 1.1,
    why: "the data come from the network",
    types: types("unsafe-deserialisation", "command-from-text"),
  },
  {
    where: "match",
    pattern:
      /\.(?:sh\.rustup\.rs|brew|githubusercontent\.com\/Homebrew)|sh\.rustup\.rs|get\.docker\.com|install\.python-poetry|deb\.nodesource|raw\.githubusercontent\.com\/(?:nvm-sh|Homebrew|ohmyzsh)/i,
    weight: -1,
    why: "a widely known installer",
    types: types("download-run"),
  },
  {
    where: "match",
    pattern: /http:\/\/|\b\d{1,3}(?:\.\d{1,3}){3}\b/,
    weight: 0.5,
    why: "from an address without encryption or name",
    types: types("download-run"),
  },
];

const NEAR_UNITS = 200;

/** What stands around a find and makes it more or less serious; in log-odds, in words. */
export const circumstancesOf = (
  form: TextForm,
  start: number,
  end: number,
  { type, isSecret }: CodePattern,
  isRun: boolean,
): Clue[] => {
  const { text } = form;
  const clues: Clue[] = isRun ? [{ text: "tool call", weight: 1, why: "a tool is about to run it" }] : [];
  const before = text.slice(Math.max(0, start - NEAR_UNITS), start);
  const after = text.slice(end, end + NEAR_UNITS);
  const lineEnd = after.indexOf("\n");
  const matched = text.slice(start, end);
  const places = {
    match: matched,
    line: before.slice(before.lastIndexOf("\n") + 1) + matched + (lineEnd < 0 ? after : after.slice(0, lineEnd)),
    around: `${before} ${after}`,
    near: before + matched + after,
  };
  for (const { pattern, weight, why, types: only, where } of CIRCUMSTANCES) {
    if (only !== undefined && !only.has(type)) continue;
    const found = pattern.exec(places[where]);
    if (found !== null) clues.push(clueOf(isSecret === true ? type : found[0].trim(), weight, why));
  }
  return clues;
};
