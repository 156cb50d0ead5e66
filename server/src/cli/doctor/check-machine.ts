import { existsSync, lstatSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { attention, broken, ok, sizeOf, type CheckLine } from "./check-line.ts";

const NODE_MAJOR = 26;
const ROOM_LOW_BYTES = 2 * 1024 ** 3;
const ROOM_GONE_BYTES = 128 * 1024 ** 2;

/** Files that nobody else may read, and the directory they stand in. */
const PRIVATE = [".", "master.key", "ledger-signing.pem", "control.db", "parapet.sock"];

export const checkNode = (version: string): CheckLine => {
  const major = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
  return major >= NODE_MAJOR
    ? ok("running", "Node", version)
    : attention(
        "running",
        "Node",
        `${version}; Parapet is built and tested on ${NODE_MAJOR}`,
        "start with npm start or npx parapet, which bring their own",
      );
};

/** Disk that is left where records go, and who may read the keys. */
export const checkDirectory = (directory: string): readonly CheckLine[] => {
  if (!existsSync(directory))
    return [attention("room", "data", `${directory} does not exist yet`, "it is made at the first start")];
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  const room =
    free < ROOM_GONE_BYTES
      ? broken(
          "room",
          "data",
          `${sizeOf(free)} free: routes with required evidence will refuse`,
          "free disk space, or shorten retention",
        )
      : free < ROOM_LOW_BYTES
        ? attention(
            "room",
            "data",
            `${sizeOf(free)} free`,
            "free disk space before routes with required evidence begin to refuse",
          )
        : ok("room", "data", `${sizeOf(free)} free`);
  return [room, ...checkModes(directory)];
};

const checkModes = (directory: string): CheckLine[] => {
  // Windows has no such bits.
  if (process.platform === "win32") return [];
  const open = PRIVATE.map((name) => join(directory, name)).flatMap((path) => {
    const about = lstatSync(path, { throwIfNoEntry: false });
    return about !== undefined && (about.mode & 0o077) !== 0
      ? [{ path, mode: (about.mode & 0o777).toString(8), isDirectory: about.isDirectory() }]
      : [];
  });
  if (open.length === 0) return [ok("private", "keys", "nobody else may read them")];
  return open.map(({ path, mode, isDirectory }) =>
    broken(
      "private",
      "keys",
      `${path} can be read by others (mode ${mode})`,
      `chmod ${isDirectory ? 700 : 600} ${path}, and think about who may have read it`,
    ),
  );
};
