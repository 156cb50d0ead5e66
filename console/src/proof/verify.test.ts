import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import { concat, sha256, toBase64, toHex, utf8 } from "./bytes.ts";
import { leafHash } from "./merkle.ts";
import { verifyInclusion } from "./verify.ts";

/** A log of two leaves, signed; what is proved is the first. */
const makeProof = async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const blob = concat(
    new Uint8Array([1]),
    new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(-32),
  );
  const keyId = (await sha256(concat(utf8("log\n"), blob))).slice(0, 4);
  const leaf = JSON.stringify({ exchange: "exchange-1", v: 1 });
  const [first, second] = await Promise.all([leafHash(utf8(leaf)), leafHash(utf8("{}"))]);
  const root = await sha256(concat(new Uint8Array([1]), first, second));
  const text = `log\n2\n${toBase64(root)}\n`;
  const signature = new Uint8Array(sign(null, utf8(text), privateKey));
  const checkpoint = `${text}\n\u2014 log ${toBase64(concat(keyId, signature))}\n`;
  return {
    proof: {
      index: 0,
      size: 2,
      leafHash: toBase64(first),
      leaf,
      hashes: [toBase64(second)],
      root: toBase64(root),
      checkpoint,
      tlogProof: "",
    },
    expected: {
      exchange: "exchange-1",
      leafHash: toBase64(first),
      verifierKey: `log+${toHex(keyId)}+${toBase64(blob)}`,
    },
  };
};
const outcomes = async (
  proof: Parameters<typeof verifyInclusion>[0],
  expected: Parameters<typeof verifyInclusion>[1],
) => (await verifyInclusion(proof, expected)).map((step) => step.ok);

test("a true proof holds in every step", async () => {
  const { proof, expected } = await makeProof();
  expect(await outcomes(proof, expected)).toEqual([true, true, true, true]);
});

test("a leaf changed by one letter fails its hash and its path, though the server repeats its claims", async () => {
  const { proof, expected } = await makeProof();
  expect(await outcomes({ ...proof, leaf: proof.leaf.replace('"v":1', '"v":2') }, expected)).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("the true proof of another exchange does not pass for this one", async () => {
  const { proof, expected } = await makeProof();
  expect(await outcomes(proof, { ...expected, exchange: "exchange-2" })).toEqual([false, true, true, true]);
});

test("a root that the server only claims is not believed", async () => {
  const { proof, expected } = await makeProof();
  const other = await makeProof();
  expect(await outcomes({ ...proof, checkpoint: proof.checkpoint.replace("\n2\n", "\n3\n") }, expected)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect((await outcomes({ ...proof, hashes: [other.proof.root] }, expected))[2]).toBe(false);
});

test("a checkpoint by another key fails its signature only", async () => {
  const { proof, expected } = await makeProof();
  const other = await makeProof();
  expect(await outcomes(proof, { ...expected, verifierKey: other.expected.verifierKey })).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
