/**
 * What waits for a person: a call that policy holds, asked for once, decided by somebody else, used once.
 *
 * Invariant: an approval is bound to the digest of the arguments, the version of the policies and one use, and it
 * expires; nobody approves what they asked for.
 */
export {};
