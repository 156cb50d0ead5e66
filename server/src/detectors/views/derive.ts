import type { PreparedText, TextForm } from "../detector.ts";
import { blockDecodings, type Decoding } from "./block-encodings.ts";
import { codeDecodings } from "./character-codes.ts";
import { cipherForms } from "./ciphers.ts";
import { DECODE_LIMITS, DecodeBudget } from "./decode-budget.ts";
import { composed } from "./form-builder.ts";
import { gaplessForm } from "./gapless.ts";
import { hiddenForms } from "./hidden.ts";
import { unescapedForm } from "./inline-escapes.ts";
import { normalisedForm } from "./normalised.ts";
import { skeletonForm } from "./skeleton.ts";
import { spacedTokensForm } from "./spaced-tokens.ts";
import { unmarkedForm } from "./unmarked.ts";
import {
  SIGN_BLOCK,
  SIGN_CIPHER,
  SIGN_CODES,
  SIGN_CONTROL,
  SIGN_ESCAPES,
  SIGN_GAPLESS,
  SIGN_LEET,
  SIGN_MARKED,
  SIGN_NON_ASCII,
  SIGN_SPACED,
  textSigns,
} from "./text-signs.ts";

interface Node {
  readonly form: TextForm;
  readonly signs: number;
  readonly depth: number;
}

const DECODES = SIGN_BLOCK | SIGN_ESCAPES | SIGN_CIPHER | SIGN_CODES;

/** The decode tree of a text, breadth first, within {@link DECODE_LIMITS}. */
export const deriveForms = (original: TextForm, signs: number): PreparedText => {
  const budget = new DecodeBudget();
  const forms: TextForm[] = [original];
  const seen = new Set<string>([original.text]);
  const queue: Node[] = [{ form: original, signs, depth: 0 }];
  const admit = (form: TextForm): boolean => {
    if (form.text === "" || seen.has(form.text)) return false;
    seen.add(form.text);
    forms.push(form);
    return true;
  };
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    const { form, depth } = node;
    let base = form;
    let baseSigns = node.signs;
    const children: TextForm[] = [];
    if ((baseSigns & SIGN_NON_ASCII) !== 0) {
      children.push(...hiddenForms(form, step(form), budget));
      const normal = normalisedForm(form, step(form)("normalised"));
      if (normal !== undefined) {
        base = viewed(normal, form, depth);
        baseSigns = textSigns(base.text);
        admit(base);
      }
    }
    if ((baseSigns & (SIGN_NON_ASCII | SIGN_LEET | SIGN_SPACED)) !== 0) {
      const skeleton = skeletonForm(base, step(form)("skeleton"));
      if (skeleton !== undefined) admit(viewed(skeleton, form, depth));
    }
    if ((baseSigns & SIGN_SPACED) !== 0) {
      const token = spacedTokensForm(base, step(form)("spaced characters joined"));
      if (token !== undefined) admit(viewed(token, form, depth));
    }
    if ((baseSigns & SIGN_GAPLESS) !== 0) {
      const gapless = gaplessForm(base, step(form)("words parted"));
      if (gapless !== undefined) admit(viewed(gapless, form, depth));
    }
    if ((baseSigns & SIGN_MARKED) !== 0) {
      const unmarked = unmarkedForm(base, step(form)("markup removed"));
      if (unmarked !== undefined) admit(viewed(unmarked, form, depth));
    }
    if ((baseSigns & DECODES) !== 0) children.push(...decodedForms(base, baseSigns, step(form), budget));
    if (children.length === 0) continue;
    if (depth === DECODE_LIMITS.depthMax) {
      budget.exceed(`more than ${DECODE_LIMITS.depthMax} encodings inside each other`);
      continue;
    }
    for (const child of children) {
      const shown = depth === 0 ? child : { ...child, view: form.view };
      if (admit(shown)) queue.push({ form: shown, signs: textSigns(shown.text) & ~SIGN_CONTROL, depth: depth + 1 });
    }
  }
  return budget.reason === undefined
    ? { text: original.text, forms }
    : { text: original.text, forms, unscannable: budget.reason };
};

const step =
  (parent: TextForm) =>
  (name: string): string =>
    parent.path === "" ? name : `${parent.path} > ${name}`;

// Whatever is made from a decoded or hidden text stays decoded or hidden.
const viewed = (made: TextForm, parent: TextForm, depth: number): TextForm =>
  depth === 0 ? made : { ...made, view: parent.view };

const decodedForms = (
  base: TextForm,
  signs: number,
  label: (name: string) => string,
  budget: DecodeBudget,
): TextForm[] => {
  const forms: TextForm[] = [];
  const decodings: Decoding[] = [];
  if ((signs & SIGN_BLOCK) !== 0) decodings.push(...blockDecodings(base.text, budget));
  if ((signs & SIGN_CODES) !== 0) decodings.push(...codeDecodings(base.text, budget));
  for (const { text, step: name, start, end } of decodings) {
    forms.push({ view: "decoded", text, path: label(name), origin: composed(() => ({ start, end }), base.origin) });
  }
  if ((signs & SIGN_ESCAPES) !== 0) {
    const form = unescapedForm(base, label, budget);
    if (form !== undefined) forms.push(form);
  }
  if ((signs & SIGN_CIPHER) !== 0) forms.push(...cipherForms(base, label, budget));
  return forms;
};
