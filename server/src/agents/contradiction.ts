import type { ArgumentRole } from "@parapet/model";
import type { SessionIndex } from "./session-index.ts";
import { decimalOf } from "./values.ts";
import { fold } from "./words.ts";

/** What users say of a thing by its form: amounts with a currency, shares in per cent, ids and cells such as `C7`. */
export interface Measures {
  readonly money: ReadonlySet<string>;
  readonly share: ReadonlySet<string>;
  /** Ids by their shape. */
  readonly shapes: ReadonlyMap<string, ReadonlySet<string>>;
}

const NUMBER = String.raw`\d{1,3}(?:[., ]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,4})?`;
const CURRENCY = String.raw`€|\$|£|¥|₹|₽|₩|₺|eur(?:os?)?|usd|dollars?|dolar|gbp|pounds?|chf|franken|yen|円|元|tl|lira|zl|zlotych|rub(?:les)?|рублей|руб|kr|won|원`;
const MONEY = new RegExp(
  String.raw`(?:(?:€|\$|£|¥|₹|₽|eur|usd|gbp|chf)\s?(${NUMBER}))|(?:(${NUMBER})\s?(?:${CURRENCY})(?![\p{L}]))`,
  "gu",
);
const SHARE = new RegExp(
  String.raw`(${NUMBER})\s?(?:%|per ?cent|prozent|pour cent|por ciento|per cento|por cento|procent)`,
  "gu",
);
const ID = /(?<![\p{L}\p{N}.,-])(?:[a-z]{1,8}-?\d{1,8}|\d{3,8})(?![\p{L}\p{N}]|[.,]\d)/gu;

/** Cells of a table are one kind, numbered things of one prefix another. */
export const shapeOf = (id: string): string =>
  /^[a-z]\d{1,3}$/u.test(id) ? "cell" : id.replace(/\d+/u, (digits) => String(digits.length));

const numbersOf = (text: string, form: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(form)].flatMap((match) => decimalOf(match[1] ?? match[2] ?? "") ?? []));

const WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const NUMBER_WORDS = new RegExp(
  String.raw`\b(?:${WORDS.join("|")})\b(?=\s?(?:%|per ?cent|${CURRENCY})(?![\p{L}]))`,
  "gu",
);

/** The measures in a text. */
export const measuresOf = (text: string): Measures => {
  const folded = fold(text).replace(NUMBER_WORDS, (word) => String(WORDS.indexOf(word)));
  const shapes = new Map<string, Set<string>>();
  for (const [id] of folded.matchAll(ID)) shapes.set(shapeOf(id), (shapes.get(shapeOf(id)) ?? new Set()).add(id));
  return { money: numbersOf(folded, MONEY), share: numbersOf(folded, SHARE), shapes };
};

const isOther = (said: ReadonlySet<string>, found: ReadonlySet<string>): boolean =>
  said.size > 0 && found.size > 0 && said.isDisjointFrom(found);

/**
 * Whether a value that content gives stands against what the user said of the same kind: 35 % where the user said
 * 5 %, cell C5 where the user said C7. Ask only about values that the user did not say.
 */
export const contradictsUser = (index: SessionIndex, text: string, role: ArgumentRole | undefined): boolean => {
  const { money, share, shapes } = index.measures;
  const folded = fold(text.trim());
  if (role === "amount") {
    const amount = decimalOf(folded);
    const said = money.union(share);
    return amount !== undefined && said.size > 0 && !said.has(amount);
  }
  const [id] = folded.match(ID) ?? [];
  if (id !== undefined && id === folded && role === "id") {
    const same = shapes.get(shapeOf(id));
    return same !== undefined && !same.has(id);
  }
  const found = measuresOf(text);
  return isOther(share, found.share) || isOther(money, found.money);
};
