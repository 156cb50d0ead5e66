import { findRegions } from "./regions.ts";

const HOLD_UNITS_MAX = 64;
/** How far behind a number the words count that tell what it is. */
export const AFTER_UNITS = 24;
/** A region at its longest, with the words behind it. */
const REGION_HOLD_UNITS_MAX = 184;

/**
 * A group of an IBAN, a card, a phone or an identifier: digits somewhere, up to four capitals, or only signs. Or a word
 * of a name or a street.
 */
const GROUP = /\d|^[A-Z]{1,4}$|^[-+(./):–]*$|^\p{Lu}[\p{L}'’.-]{0,24}$/u;
/** What stands inside names and streets between words in capitals, `Rua das Flores`, and what may become it. */
const LINK =
  /^(?:van|von|vom|zu|de|da|do|di|du|des|das|dos|dei|del|della|der|den|la|le|les|los|las|ter|ten|bin|ibn|al|el)$/;
const BEGUN_LINK = /^\p{Ll}{1,5}$/u;
const CAPITAL = /^\p{Lu}/u;
const BREAK = /[\s\u00a0<>"',;]/;

const isBreakAt = (window: string, index: number): boolean => BREAK.test(window[index] ?? "");

/**
 * Where a number whose words behind are still to come begins: `688-7538 fa` is nothing, and a fax number with the
 * next letter.
 */
const awaitedNumber = (window: string): number => {
  const from = Math.max(0, window.length - REGION_HOLD_UNITS_MAX);
  const awaited = findRegions(window.slice(from)).find(({ end }) => from + end + AFTER_UNITS > window.length);
  return awaited === undefined ? window.length : from + awaited.start;
};

/**
 * Where a number, an IBAN or an address of mail could still grow: the last groups of digits with what joins them,
 * else the last word, since an `@` may follow it. At most 64 units.
 */
const growing = (window: string): number => {
  const floor = Math.max(0, window.length - HOLD_UNITS_MAX);
  const wordStart = (end: number): number => {
    let start = end;
    while (start > floor && !isBreakAt(window, start - 1)) start -= 1;
    return start;
  };
  let held = wordStart(window.length);
  const last = window.slice(held);
  const mayLink = BEGUN_LINK.test(last);
  if (!mayLink && !GROUP.test(last)) return held;
  const isPart = (word: string, isNext: boolean): boolean =>
    mayLink && isNext ? CAPITAL.test(word) || LINK.test(word) : GROUP.test(word) || LINK.test(word);
  let isNext = true;
  for (;;) {
    let end = held;
    while (end > floor && isBreakAt(window, end - 1)) end -= 1;
    const start = wordStart(end);
    if (start === end || !isPart(window.slice(start, end), isNext)) return held;
    held = start;
    isNext = false;
  }
};

/** Where the first thing begins that what follows may still change. */
export const holdPersonalData = (window: string): number => Math.min(growing(window), awaitedNumber(window));
