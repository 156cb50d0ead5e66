import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, utf8, type Bytes } from "./bytes.ts";
import { leafHash, rootFromPath } from "./merkle.ts";

const sha = (...parts: readonly Uint8Array[]): Bytes => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const split = (size: number): number => {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
};
// RFC 6962 §2.1 and §2.1.1 as they are written, recursion and all: the reference.
const treeHash = (leaves: readonly Bytes[]): Bytes => {
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) return only;
  const half = split(leaves.length);
  return sha(new Uint8Array([1]), treeHash(leaves.slice(0, half)), treeHash(leaves.slice(half)));
};
const auditPath = (index: number, leaves: readonly Bytes[]): readonly Bytes[] => {
  if (leaves.length === 1) return [];
  const half = split(leaves.length);
  return index < half
    ? [...auditPath(index, leaves.slice(0, half)), treeHash(leaves.slice(half))]
    : [...auditPath(index - half, leaves.slice(half)), treeHash(leaves.slice(0, half))];
};
const treeOf = (size: number): readonly Bytes[] =>
  Array.from({ length: size }, (_, at) => sha(new Uint8Array([0]), utf8(`leaf ${at}`)));

test("a leaf is hashed behind a zero byte", async () => {
  expect(toHex(await leafHash(utf8("")))).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
});

test("every leaf of every tree up to 33 leaves leads to the root", async () => {
  for (let size = 1; size <= 33; size += 1) {
    const leaves = treeOf(size);
    const expected = toHex(treeHash(leaves));
    for (const [index, leaf] of leaves.entries()) {
      const root = await rootFromPath(index, size, leaf, auditPath(index, leaves));
      expect(root && toHex(root)).toBe(expected);
    }
  }
});

describe("what is not a proof leads elsewhere or nowhere", () => {
  const leaves = treeOf(11);
  const expected = toHex(treeHash(leaves));
  const at = (index: number): Bytes => leaves[index] ?? new Uint8Array(32);

  test("another leaf, another index, a changed hash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(10), fc.nat(10), fc.nat(31), async (index, other, byte) => {
        fc.pre(index !== other);
        const path = auditPath(index, leaves);
        const wrongLeaf = await rootFromPath(index, 11, at(other), path);
        const wrongIndex = await rootFromPath(other, 11, at(index), path);
        const bent = path.map((node, position) =>
          position === 0 ? node.map((value, place) => (place === byte ? value ^ 1 : value)) : node,
        );
        const wrongPath = await rootFromPath(index, 11, at(index), bent);
        for (const root of [wrongLeaf, wrongIndex, wrongPath])
          expect(root === undefined ? "" : toHex(root)).not.toBe(expected);
      }),
    );
  });
  test("a path too short or too long", async () => {
    const path = auditPath(4, leaves);
    expect(await rootFromPath(4, 11, at(4), path.slice(1))).toBeUndefined();
    expect(await rootFromPath(4, 11, at(4), [...path, at(0)])).toBeUndefined();
  });
  test("an index outside the tree", async () => {
    expect(await rootFromPath(11, 11, at(0), [])).toBeUndefined();
    expect(await rootFromPath(-1, 11, at(0), [])).toBeUndefined();
  });
});
