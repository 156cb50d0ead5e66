import { flatText } from "./flat-text.ts";

/** Places kept; a body has some ten, a long conversation some hundred. */
const PLACES_MAX = 8_192;
const STEP_UNITS_MAX = 40;

let places = 0;

/**
 * A place in a JSON body. Bodies have few shapes, so places are kept and their pointers are the same strings every
 * time: nothing is joined per value, and what readers know of a pointer is found by a hash that is already there.
 */
export class Place {
  /** RFC 6901. */
  readonly pointer: string;
  #members: Map<string, Place> | undefined;
  #items: Place[] | undefined;

  constructor(pointer: string) {
    this.pointer = flatText(pointer);
  }

  /** @param step what the member's key adds to a pointer */
  member(step: string): Place {
    const known = this.#members?.get(step);
    if (known !== undefined) return known;
    const made = new Place(this.pointer + step);
    // What is not kept is made again; nothing depends on it.
    if (places < PLACES_MAX && step.length <= STEP_UNITS_MAX) {
      places += 1;
      (this.#members ??= new Map()).set(step, made);
    }
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
