/** Memory that a worker reads where it is: a message with a body of 10 MB in it would hold the event loop while it is copied. */
export const sharedBytes = (bytes: number): Buffer => Buffer.from(new SharedArrayBuffer(bytes));

/** Pieces of a body as one. What is larger than `inlineBytesMax` is going to be read by a worker. */
export const joinPieces = (pieces: readonly Buffer[], bytes: number, inlineBytesMax: number): Buffer => {
  const [first] = pieces;
  if (bytes <= inlineBytesMax) return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, bytes);
  const whole = sharedBytes(bytes);
  let at = 0;
  for (const piece of pieces) at += piece.copy(whole, at);
  return whole;
};
