import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { createSigner, type Signer } from "./signed-note.ts";

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** The signer kept at `path` (PKCS #8 PEM), undefined when there is no such file. Refuses a key others can read. */
export const loadSigner = async (path: string, name: string): Promise<Signer | undefined> => {
  let mode: number;
  try {
    ({ mode } = await stat(path));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  // A key that another account could have copied proves nothing about who signed.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others; make it private with: chmod 600 ${path}`);
  }
  let privateKey;
  try {
    privateKey = createPrivateKey(await readFile(path));
  } catch {
    throw new Error(
      `${path} is not a private key in PKCS #8 PEM form; restore it, or move it away to begin with a new key`,
    );
  }
  return createSigner(name, createPublicKey(privateKey), privateKey);
};

const createKeyFile = async (path: string): Promise<void> => {
  const { privateKey } = generateKeyPairSync("ed25519");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(privateKey.export({ format: "pem", type: "pkcs8" }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(temporary, 0o600);
  try {
    // A link, unlike a rename, cannot replace a key that another process made in the meantime.
    await link(temporary, path);
    await rm(temporary);
  } catch (error) {
    if (hasCode(error, "EEXIST")) await rm(temporary);
    else await rename(temporary, path);
  }
  if (process.platform === "win32") return;
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/** The signer kept at `path`, made there (mode 0600) when there is none. */
export const loadOrCreateSigner = async (path: string, name: string): Promise<Signer> => {
  const existing = await loadSigner(path, name);
  if (existing !== undefined) return existing;
  await createKeyFile(path);
  const created = await loadSigner(path, name);
  if (created === undefined) throw new Error(`${path} could not be made`);
  return created;
};
