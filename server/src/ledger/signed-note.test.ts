import { createPrivateKey, createPublicKey } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { newSigner, ORIGIN } from "./ledger.fixture.ts";
import { checkpointText, createSigner, isKeyName, readOwnCheckpoint, signNote } from "./signed-note.ts";
import { openCheckpoint, openNote, parseVerifierKey, type VerifierKey } from "./verify/note.ts";

/** Example of c2sp.org/signed-note. */
const SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/** Example of golang.org/x/mod/sumdb/note, whose signing key is published with it. */
const GO_SKEY = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE = `${GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const keysOf = (...vkeys: readonly string[]): readonly VerifierKey[] =>
  vkeys.flatMap((vkey) => parseVerifierKey(vkey) ?? []);

test.each([
  ["c2sp.org/signed-note", SPEC_NOTE, SPEC_VKEY],
  ["golang.org/x/mod/sumdb/note", GO_NOTE, GO_VKEY],
])("the published example of %s verifies", (_, note, vkey) => {
  expect(openNote(note, keysOf(vkey))).toEqual({ ok: true, text: note.slice(0, note.indexOf("\n\n") + 1) });
});

test("signing with Go's published key gives Go's published note and verifier key, byte for byte", () => {
  const seed = Buffer.from(GO_SKEY, "base64").subarray(1);
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const signer = createSigner("PeterNeumann", createPublicKey(privateKey), privateKey);
  expect(signer.vkey).toBe(GO_VKEY);
  expect(signNote(GO_TEXT, [signer])).toBe(GO_NOTE);
});

test.each(["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u0000"])("%j cannot name a key", (name) => {
  expect(isKeyName(name)).toBe(false);
  expect(() => newSigner(name)).toThrow(/cannot name a key/);
});

test.each(["no newline at the end", "a\tb\n", "a\u0000b\n"])("%j cannot be signed", (text) => {
  expect(() => signNote(text, [newSigner()])).toThrow(/newline/);
});

test("a checkpoint that was signed reads back the same, by the writer and by the verifier", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
      const signer = newSigner();
      const note = signNote(checkpointText(ORIGIN, size, root), [signer]);
      const encoded = Buffer.from(root).toString("base64");
      expect(readOwnCheckpoint(note)).toEqual({ origin: ORIGIN, size, root: encoded, keyIds: new Set([signer.keyId]) });
      expect(openCheckpoint(note, keysOf(signer.vkey))).toEqual({ origin: ORIGIN, size, root: Buffer.from(root) });
    }),
    { numRuns: 30 },
  );
});

test("no byte of a signed checkpoint can be changed", () => {
  const signer = newSigner();
  const note = Buffer.from(signNote(checkpointText(ORIGIN, 123, Buffer.alloc(32, 7)), [signer]));
  for (let at = 0; at < note.length; at++) {
    const changed = Buffer.from(note);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    const opened = openCheckpoint(changed.toString("utf8"), keysOf(signer.vkey));
    expect(typeof opened === "string" ? opened : opened.fault, `byte ${at}`).toEqual(expect.any(String));
  }
});

test("an unknown key's signature is ignored, a known key's false one rejects the note", () => {
  const [known, unknown] = [newSigner(), newSigner()];
  const text = checkpointText(ORIGIN, 1, Buffer.alloc(32));
  const both = signNote(text, [unknown, known]);
  expect(openNote(both, keysOf(known.vkey))).toEqual({ ok: true, text });
  expect(openNote(signNote(text, [unknown]), keysOf(known.vkey))).toMatchObject({
    fault: expect.stringMatching(/no known key/),
  });
  const forged = { ...known, sign: (message: Uint8Array) => unknown.sign(message) };
  const second = newSigner();
  expect(openNote(signNote(text, [second, forged]), keysOf(known.vkey, second.vkey))).toMatchObject({
    fault: expect.stringMatching(/not valid/),
  });
});

test("a key of another name cannot sign this log's checkpoints", () => {
  const other = newSigner("another.example/log");
  const note = signNote(checkpointText(ORIGIN, 1, Buffer.alloc(32)), [other]);
  expect(openCheckpoint(note, keysOf(other.vkey))).toMatchObject({ fault: expect.stringContaining(ORIGIN) });
});

test("sixteen signatures are accepted", () => {
  const signers = Array.from({ length: 16 }, () => newSigner());
  const note = signNote("text\n", signers);
  expect(openNote(note, keysOf(signers.at(-1)?.vkey ?? ""))).toEqual({ ok: true, text: "text\n" });
});

test.each([
  ["a wrong key id", SPEC_VKEY.replace("530d903a", "530d903b")],
  ["another signature type", "remora.n621.de+da77ade7+BOvN63jn"],
  ["a space in the name", ` ${SPEC_VKEY}`],
  ["bad base64", SPEC_VKEY.replace("U2k", "U2l")],
  ["nothing", ""],
])("a verifier key with %s is not one", (_, vkey) => {
  expect(parseVerifierKey(vkey)).toBeUndefined();
});

test("no text makes the note reader throw", () => {
  const keys = keysOf(SPEC_VKEY);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string().map((text) => `${text}\n\n— ${text}\n`),
      ),
      (text) => {
        expect(openCheckpoint(text, keys)).toBeDefined();
      },
    ),
  );
});
