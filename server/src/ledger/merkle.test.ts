import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { consistencyPath, inclusionPath, leafHash, nodeHash, treeRoot, type HashReader } from "./merkle.ts";
import { checkConsistency, checkInclusion, createAccumulator } from "./verify/tree.ts";

/** RFC 6962 §2.1 and §2.1.1 and §2.1.2, copied from the definitions, quadratic and plain. */
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));
const sha = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const mth = (d: readonly string[]): Buffer => {
  const [only] = d;
  if (only === undefined) return sha("");
  if (d.length === 1) return sha("\x00", only);
  const k = split(d.length);
  return sha("\x01", mth(d.slice(0, k)), mth(d.slice(k)));
};
const path = (m: number, d: readonly string[]): readonly Buffer[] => {
  if (d.length <= 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
};
const subproof = (m: number, d: readonly string[], b: boolean): readonly Buffer[] => {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
};

const reader = (d: readonly string[]): HashReader => {
  const at = (level: number, index: number): Buffer | undefined => {
    const width = 2 ** level;
    return (index + 1) * width <= d.length ? mth(d.slice(index * width, (index + 1) * width)) : undefined;
  };
  return async (level, index) => at(level, index);
};

const entries = fc.array(fc.string({ maxLength: 8 }), { maxLength: 70 });
const someEntries = fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 70 });

test("leaf and node hashes are domain separated as RFC 6962 says", () => {
  expect(leafHash(Buffer.alloc(0)).toString("hex")).toBe(
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
  expect(nodeHash(leafHash(Buffer.from("a")), leafHash(Buffer.from("b")))).toEqual(mth(["a", "b"]));
});

test("the root of no entries is the hash of nothing", async () => {
  expect(Buffer.from(await treeRoot(0, reader([]))).toString("hex")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("roots equal the definition's, from stored hashes and from a stream of leaves", async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (d) => {
      const accumulator = createAccumulator();
      for (const entry of d) accumulator.push(leafHash(Buffer.from(entry)));
      expect(await treeRoot(d.length, reader(d))).toEqual(mth(d));
      expect(accumulator.root()).toEqual(mth(d));
    }),
  );
});

test("inclusion paths equal the definition's, verify, and fail for another index, leaf or root", async () => {
  await fc.assert(
    fc.asyncProperty(someEntries, fc.nat(), fc.nat(), async (d, indexSeed, otherSeed) => {
      const index = indexSeed % d.length;
      const proof = await inclusionPath(index, d.length, reader(d));
      expect(proof).toEqual(path(index, d));
      const leaf = leafHash(Buffer.from(d[index] ?? ""));
      expect(checkInclusion(index, d.length, leaf, proof, mth(d))).toBe(true);
      expect(checkInclusion(index, d.length, sha("another"), proof, mth(d))).toBe(false);
      expect(checkInclusion(index, d.length, leaf, proof, sha("another"))).toBe(false);
      expect(checkInclusion(index, d.length, leaf, [...proof, sha("more")], mth(d))).toBe(false);
      if (proof.length > 0) expect(checkInclusion(index, d.length, leaf, proof.slice(1), mth(d))).toBe(false);
      const other = otherSeed % d.length;
      if (d[other] !== d[index]) {
        expect(checkInclusion(index, d.length, leafHash(Buffer.from(d[other] ?? "")), proof, mth(d))).toBe(false);
      }
      expect(checkInclusion(d.length, d.length, leaf, proof, mth(d))).toBe(false);
    }),
  );
});

test("consistency paths equal the definition's, verify, and fail for a log that was rewritten", async () => {
  await fc.assert(
    fc.asyncProperty(someEntries, fc.nat(), fc.nat(), async (d, oldSeed, changeSeed) => {
      const oldSize = 1 + (oldSeed % d.length);
      const old = d.slice(0, oldSize);
      const proof = await consistencyPath(oldSize, d.length, reader(d));
      expect(proof).toEqual(subproof(oldSize, d, true));
      expect(checkConsistency(oldSize, mth(old), d.length, mth(d), proof)).toBe(true);
      const rewritten = old.with(changeSeed % oldSize, "something else entirely");
      expect(checkConsistency(oldSize, mth(rewritten), d.length, mth(d), proof)).toBe(false);
      expect(checkConsistency(oldSize, mth(old), d.length, sha("another"), proof)).toBe(false);
      expect(checkConsistency(oldSize, mth(old), d.length, mth(d), [...proof, sha("more")])).toBe(false);
      if (proof.length > 0) expect(checkConsistency(oldSize, mth(old), d.length, mth(d), proof.slice(1))).toBe(false);
    }),
  );
});

test("the empty log is a prefix of every log, and no log is a prefix of a shorter one", async () => {
  const d = ["a", "b", "c"];
  expect(await consistencyPath(0, 3, reader(d))).toEqual([]);
  expect(checkConsistency(0, mth([]), 3, mth(d), [])).toBe(true);
  expect(checkConsistency(0, mth(["a"]), 3, mth(d), [])).toBe(false);
  expect(checkConsistency(4, mth(d), 3, mth(d), [])).toBe(false);
});
