/** Messages of a broker as one payload: their lines, or the one message where a message has no lines to be joined to. */
export const joinMessages = (messages: readonly Uint8Array[]): Buffer =>
  Buffer.concat(messages.flatMap((one) => (one.length === 0 ? [] : [one, LINE_END])));

const LINE_END = Buffer.of(0x0a);

/** Whether a message can stand on one line among others: it has no line break inside. */
export const isOneLine = (message: Uint8Array): boolean => {
  const at = message.indexOf(0x0a);
  return at === -1 || at === message.length - 1;
};
