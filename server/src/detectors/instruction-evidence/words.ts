/**
 * Words of one concept, by language. Entries are separated by `|`; a trailing `*` marks a stem (the word may go on).
 * Case and accents are folded, so either spelling may be written. Scripts without word spaces match anywhere.
 */
export type Words = Readonly<Record<string, string>>;
