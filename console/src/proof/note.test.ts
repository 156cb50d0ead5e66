import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { concat, sha256, toBase64, toHex, utf8, type Bytes } from "./bytes.ts";
import { checkSignature, parseCheckpoint, parseNote, parseVerifierKey } from "./note.ts";

const NAME = "parapet.local/ledger";
const ROOT = toBase64(new Uint8Array(32).fill(7));
const TEXT = `${NAME}\n42\n${ROOT}\n`;

const makeKey = async (name = NAME) => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(-32);
  const blob = concat(new Uint8Array([1]), raw);
  const keyId = (await sha256(concat(utf8(`${name}\n`), blob))).slice(0, 4);
  const line = `${name}+${toHex(keyId)}+${toBase64(blob)}`;
  const signatureLine = (text: string, id: Bytes = keyId): string =>
    `\u2014 ${name} ${toBase64(concat(id, new Uint8Array(sign(null, utf8(text), privateKey))))}\n`;
  return { line, signatureLine };
};
const outcomeOf = async (note: string, line: string): Promise<string> => {
  const parsed = parseNote(note);
  const key = await parseVerifierKey(line);
  return parsed === undefined || key === undefined ? "unreadable" : checkSignature(parsed, key);
};

describe("a signed note", () => {
  test("the specification's own example verifies", async () => {
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    expect(await outcomeOf(note, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")).toBe("valid");
  });
  test("a signature by the key is valid, whoever else signed", async () => {
    const [own, witness] = await Promise.all([makeKey(), makeKey("witness.example")]);
    expect(await outcomeOf(`${TEXT}\n${witness.signatureLine(TEXT)}${own.signatureLine(TEXT)}`, own.line)).toBe(
      "valid",
    );
  });
  test("a changed text is not what was signed", async () => {
    const own = await makeKey();
    expect(await outcomeOf(`${TEXT.replace("42", "43")}\n${own.signatureLine(TEXT)}`, own.line)).toBe("invalid");
  });
  test("a note that only others signed says so", async () => {
    const [own, other] = await Promise.all([makeKey(), makeKey("other.example")]);
    expect(await outcomeOf(`${TEXT}\n${other.signatureLine(TEXT)}`, own.line)).toBe("no-signature-by-this-key");
  });
  test("a key whose id is not its own is refused", async () => {
    const own = await makeKey();
    expect(await parseVerifierKey(own.line.replace(/\+[0-9a-f]{8}\+/, "+00000000+"))).toBeUndefined();
  });
  test.each([
    ["no blank line", `${TEXT}\u2014 a AAAAAAAAAAA=\n`],
    ["no final newline", `${TEXT}\n\u2014 a AAAAAAAAAAA=`],
    ["a hyphen for the dash", `${TEXT}\n- a AAAAAAAAAAA=\n`],
    ["a signature that is not base64", `${TEXT}\n\u2014 a ====AAAA\n`],
    ["nothing", ""],
  ])("is not one with %s", (_name, note) => {
    expect(parseNote(note)).toBeUndefined();
  });
});

describe("a checkpoint", () => {
  test("names the log, its size and its root", () => {
    expect(parseCheckpoint(TEXT)).toEqual({ origin: NAME, size: 42, root: new Uint8Array(32).fill(7) });
  });
  test.each([
    ["a size with a leading zero", TEXT.replace("42", "042")],
    ["a negative size", TEXT.replace("42", "-1")],
    ["a root that is too short", `${NAME}\n42\nAAAA\n`],
    ["no origin", `\n42\n${ROOT}\n`],
  ])("is not one with %s", (_name, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
});
