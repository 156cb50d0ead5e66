/**
 * Definitions of tools, pinned by the server or the application that offers them and their name: what was seen once
 * stays in force until a person approves another.
 *
 * Decides nothing about calls; it says what a definition is to the one that is pinned. Invariants: a definition that
 * changed, was renamed or shadows another is never in force before somebody approved its very hash; what is in force
 * is durable before it counts as known.
 */
export { createApplicationPins } from "./application-pins.ts";
export { createPinBook, type Observed, type PinBook, type PinBookOptions, type PinStore } from "./pin-book.ts";
export { fileStore, notesStore } from "./pin-stores.ts";
export { changeJudge, type ChangeJudge } from "./judge-change.ts";
export { definitionHash } from "./definition-hash.ts";
