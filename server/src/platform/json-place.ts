import { flatText } from "./flat-text.ts";
import type { KnownKey } from "./json-keys.ts";

/** Places kept; a body has some ten, a long conversation some hundred. */
const PLACES_MAX = 8_192;
const STEP_UNITS_MAX = 40;
/** Members of one object that are looked for one after the other, further ones by name. */
const NEAR_MAX = 8;

let places = 0;

/**
 * A place in a JSON body. Bodies have few shapes, so places are kept and their pointers are the same strings every
 * time: nothing is joined per value, and what readers know of a pointer is found by a hash that is already there.
 */
export class Place {
  /** RFC 6901. */
  readonly pointer: string;
  readonly #key: KnownKey | undefined;
  /** The next member of the object that this place is a member of. */
  #next: Place | undefined;
  /** The first members, as a list: smaller than a map, and an object has few. */
  #near: Place | undefined;
  #further: Map<string, Place> | undefined;
  #items: Place[] | undefined;

  constructor(pointer: string, key?: KnownKey) {
    this.pointer = flatText(pointer);
    this.#key = key;
  }

  member(key: KnownKey): Place {
    let last: Place | undefined;
    let near = 0;
    for (let one = this.#near; one !== undefined; one = one.#next) {
      if (one.#key === key) return one;
      last = one;
      near += 1;
    }
    const step = key.pointer;
    const known = this.#further?.get(step);
    if (known !== undefined) return known;
    const made = new Place(this.pointer + step, key);
    // What is not kept is made again; nothing depends on it.
    if (places >= PLACES_MAX || step.length > STEP_UNITS_MAX) return made;
    places += 1;
    if (near === NEAR_MAX) (this.#further ??= new Map()).set(step, made);
    else if (last === undefined) this.#near = made;
    else last.#next = made;
    return made;
  }

  item(index: number): Place {
    const items = (this.#items ??= []);
    const known = items[index];
    if (known !== undefined) return known;
    const made = new Place(`${this.pointer}/${index}`);
    if (places < PLACES_MAX && index === items.length) {
      places += 1;
      items.push(made);
    }
    return made;
  }
}

let root = new Place("");

/** Hostile shapes may fill the places; the usual ones are back after their next body. */
export const rootPlace = (): Place => {
  if (places >= PLACES_MAX) {
    root = new Place("");
    places = 0;
  }
  return root;
};
