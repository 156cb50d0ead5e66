const MASK = (1n << 64n) - 1n;
const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

const rotate = (value: bigint, by: number): bigint => ((value << BigInt(by)) | (value >> BigInt(64 - by))) & MASK;

/** The round constants come from a shift register (FIPS 202, section 3.2.5). */
const ROUND_CONSTANTS = ((): readonly bigint[] => {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let power = 0; power < 7; power += 1) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** power - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    return constant;
  });
})();

const at = (lanes: readonly bigint[], x: number, y: number): bigint => lanes[((x + 5) % 5) + 5 * (y % 5)] ?? 0n;

const permute = (input: readonly bigint[]): readonly bigint[] =>
  ROUND_CONSTANTS.reduce<readonly bigint[]>((lanes, constant) => {
    const columns = [0, 1, 2, 3, 4].map(
      (x) => at(lanes, x, 0) ^ at(lanes, x, 1) ^ at(lanes, x, 2) ^ at(lanes, x, 3) ^ at(lanes, x, 4),
    );
    const moved: bigint[] = Array.from({ length: 25 }, () => 0n);
    for (let x = 0; x < 5; x += 1) {
      const mixed = (columns[(x + 4) % 5] ?? 0n) ^ rotate(columns[(x + 1) % 5] ?? 0n, 1);
      for (let y = 0; y < 5; y += 1) {
        moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(at(lanes, x, y) ^ mixed, ROTATIONS[x + 5 * y] ?? 0);
      }
    }
    return moved.map((lane, index) => {
      const [x, y] = [index % 5, Math.floor(index / 5)];
      const chi = lane ^ (~at(moved, x + 1, y) & MASK & at(moved, x + 2, y));
      return index === 0 ? chi ^ constant : chi;
    });
  }, input);

/** Keccak-256 with the padding that Ethereum uses (before FIPS 202 changed it), of ASCII text up to 135 units, in hex. */
export const keccak256 = (text: string): string => {
  const block = Buffer.alloc(136);
  block.write(text, "latin1");
  block[text.length] = 1;
  block[135] = (block[135] ?? 0) | 0x80;
  const lanes = Array.from({ length: 25 }, (_, index) => (index < 17 ? block.readBigUInt64LE(index * 8) : 0n));
  const digest = Buffer.alloc(32);
  for (const [index, lane] of permute(lanes).slice(0, 4).entries()) digest.writeBigUInt64LE(lane, index * 8);
  return digest.toString("hex");
};
