import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  constantTimeEqual,
  deriveKey,
  hmacHex,
  loadMasterKey,
  loadOrCreateKeyFile,
  open,
  randomToken,
  seal,
  sha256Hex,
} from "./index.ts";

const key = Buffer.alloc(32, 7);

describe("sealing", () => {
  test("what is sealed opens with the same key and place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plaintext, aad) => {
        expect(open(key, seal(key, plaintext, aad), aad)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  test("any flipped byte, another key, place or length does not open", () => {
    const sealed = seal(key, "text", "place");
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = Buffer.from(sealed);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(open(key, flipped, "place")).toBeUndefined();
      expect(open(key, sealed.subarray(0, at), "place")).toBeUndefined();
    }
    expect(open(Buffer.alloc(32, 8), sealed, "place")).toBeUndefined();
    expect(open(key, sealed, "elsewhere")).toBeUndefined();
  });

  test("the same text sealed twice differs", () => {
    expect(seal(key, "a", "").equals(seal(key, "a", ""))).toBe(false);
  });
});

test("SHA-256 agrees with FIPS 180's example", () => {
  expect(sha256Hex("a", "bc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("an HMAC separates its parts", () => {
  expect(hmacHex(key, "ab", "c")).not.toBe(hmacHex(key, "a", "bc"));
  expect(hmacHex(key, "abc")).not.toBe(hmacHex(key, "abc", ""));
  expect(hmacHex(key, "é")).toBe(hmacHex(key, Buffer.from("é")));
});

test("labels give keys of their own", () => {
  expect(deriveKey(key, "a")).toHaveLength(32);
  expect(deriveKey(key, "a").equals(deriveKey(key, "b"))).toBe(false);
  expect(deriveKey(key, "a").equals(deriveKey(key, "a"))).toBe(true);
});

test("tokens are base62 of fixed length and do not repeat", () => {
  const tokens = Array.from({ length: 200 }, () => randomToken("ppt_", 24));
  for (const token of tokens) expect(token).toMatch(/^ppt_[0-9A-Za-z]{33}$/);
  expect(new Set(tokens).size).toBe(200);
});

test("comparison knows equal from unequal, whatever the lengths", () => {
  expect(constantTimeEqual("abc", Buffer.from("abc"))).toBe(true);
  expect(constantTimeEqual("abc", "abd")).toBe(false);
  expect(constantTimeEqual("abc", "abcd")).toBe(false);
});

describe("the key file", () => {
  const folder = mkdtempSync(join(tmpdir(), "parapet-key-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is made once, readable by its owner only", () => {
    const path = join(folder, "deep", "master.key");
    const first = loadOrCreateKeyFile(path);
    expect(first).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(loadOrCreateKeyFile(path).equals(first)).toBe(true);
  });

  test("is refused when others can read it", () => {
    const path = join(folder, "open.key");
    loadOrCreateKeyFile(path);
    chmodSync(path, 0o640);
    expect(() => loadOrCreateKeyFile(path)).toThrow(
      expect.objectContaining({ detail: expect.stringContaining("chmod 600") }),
    );
  });

  test("is refused when it is cut or holds something else", () => {
    const path = join(folder, "cut.key");
    writeFileSync(path, "c2hvcnQ=\n", { mode: 0o600 });
    expect(() => loadOrCreateKeyFile(path)).toThrow(
      expect.objectContaining({ detail: expect.stringContaining("32 bytes") }),
    );
  });

  test("gives way to PARAPET_MASTER_KEY", () => {
    expect(loadMasterKey(join(folder, "unused.key"), { PARAPET_MASTER_KEY: key.toString("base64") }).equals(key)).toBe(
      true,
    );
    expect(() => loadMasterKey(join(folder, "unused.key"), { PARAPET_MASTER_KEY: "weak" })).toThrow();
  });
});
