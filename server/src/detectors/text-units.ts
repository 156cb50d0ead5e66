const SCRATCH_UNITS = 64 * 1024;

/** Zeros behind the text, so that a reader may look a few units ahead. */
const UNITS_AFTER = 8;

const scratch = new Uint16Array(SCRATCH_UNITS + UNITS_AFTER);
const scratchBytes = Buffer.from(scratch.buffer);

/**
 * The UTF-16 units of a text and {@link UNITS_AFTER} zeros. Texts up to 64 Ki units share one array: what is answered
 * holds until the next call, so a reader takes it, runs through it and lets go of it.
 *
 * The engine stores strings in several ways, and a loop over `charCodeAt` that has met them all runs at a third of its
 * speed. The copy is native, 0.1 µs for 2,000 units, and loops over it stay quick whatever texts came before.
 */
export const unitsOf = (text: string): Uint16Array => {
  const { length } = text;
  if (length <= SCRATCH_UNITS) {
    scratchBytes.write(text, 0, "utf16le");
    scratch.fill(0, length, length + UNITS_AFTER);
    return scratch;
  }
  const units = new Uint16Array(length + UNITS_AFTER);
  Buffer.from(units.buffer).write(text, 0, "utf16le");
  return units;
};
