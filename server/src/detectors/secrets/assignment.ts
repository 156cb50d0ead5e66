/** `name operator value`, in code, JSON, YAML, shell, HTTP headers, markup or prose. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** Span of the value. */
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** `is` in a sentence rather than a sign. */
  readonly prose: boolean;
  /** One of a list, as the arguments of `set("token", "…")`. */
  readonly listed: boolean;
}

const NAME_UNITS_MAX = 48;

// Each piece is bounded and starts with a class the piece before it cannot end with, so the cost is linear.
const OPERATOR =
  /[\w.-]{0,40}(?:\\?["'`]|\]|\))?[ \t]{0,4}(?:(?<sign>:=|=>|={1,3}|:{1,2}(?!\/\/)|,(?=[ \t]{0,4}["'`])|>(?=[^\s<]))|(?<prose>[ \t](?:is|was|ist|est|es|è)(?::| now)?[ \t])|(?<space>[ \t](?=[A-Za-z0-9_\-+/.~!@#%^&]{6})))[ \t]{0,4}(?:[fbru]?(?<quote>\\?["'`]))?(?<scheme>(?:Bearer|Basic|Token|token|bearer|basic)[ \t]{1,4})?/y;
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /[^"\\\r\n]{1,512}/y,
  "'": /[^'\\\r\n]{1,512}/y,
  "`": /[^`\\\r\n]{1,512}/y,
};
const BARE = /[^\s"'`,;<>()[\]{}|\\]{1,512}/y;

const isNameUnit = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46;

/** `a1b2&scope=read`: form-encoded, the value ends where the next field begins. */
const beforeNextField = (value: string): string => {
  const next = /&[\w.%-]{1,40}=/.exec(value);
  return next === null || next.index === 0 ? value : value.slice(0, next.index);
};

/**
 * Reads the assignment whose name contains the word at `start` to `end`, when there is one.
 * `spaced` also takes the next word, as `--token VALUE` and `Authorization VALUE` do.
 */
export const readAssignment = (text: string, start: number, end: number): Assignment | undefined => {
  OPERATOR.lastIndex = end;
  const operator = OPERATOR.exec(text);
  if (operator === null) return undefined;
  let nameStart = start;
  while (nameStart > 0 && start - nameStart < NAME_UNITS_MAX && isNameUnit(text.charCodeAt(nameStart - 1)))
    nameStart -= 1;
  const tail = /^[\w.-]*/.exec(text.slice(end, end + 40))?.[0] ?? "";
  const name = text.slice(nameStart, end) + tail;
  // Without a sign only a command line's option takes the next word as its value.
  if (operator.groups?.["space"] !== undefined && !name.startsWith("--")) return undefined;
  const quote = operator.groups?.["quote"]?.at(-1);
  const valuePattern = quote === undefined ? BARE : (QUOTED[quote] ?? BARE);
  valuePattern.lastIndex = OPERATOR.lastIndex;
  const raw = valuePattern.exec(text)?.[0];
  if (raw === undefined) return undefined;
  // `ops_eyJ…` and `key...` are shortened for show, whatever the part before looks like.
  if (/(?:\.{3}|…)$/.test(raw)) return undefined;
  // `credentials = encode(…)`: a call, whose name is no value.
  if (quote === undefined && text[OPERATOR.lastIndex + raw.length] === "(") return undefined;
  const value = beforeNextField(quote === undefined ? raw.replace(/[.:!?…]+$/, "") : raw.trim());
  const offset = raw.indexOf(value);
  return {
    name,
    value,
    start: OPERATOR.lastIndex + offset,
    end: OPERATOR.lastIndex + offset + value.length,
    quoted: quote !== undefined,
    prose: operator.groups?.["prose"] !== undefined,
    listed: operator.groups?.["sign"] === ",",
  };
};
