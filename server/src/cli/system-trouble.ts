interface Trouble {
  readonly says: string;
  readonly fix: string;
}

const OTHER_PLACE = "choose another place, or let the user that runs Parapet write there";

const ON_FILES: Readonly<Record<string, Trouble>> = {
  EACCES: { says: "this user may not read or write there", fix: OTHER_PLACE },
  EPERM: { says: "this user may not change it", fix: OTHER_PLACE },
  EROFS: { says: "the file system is read-only", fix: OTHER_PLACE },
  ENOENT: { says: "there is no such file or folder, and none can be made", fix: "check how the path is spelt" },
  ENOTDIR: { says: "a part of the path is a file, not a folder", fix: "check how the path is spelt" },
  EEXIST: { says: "there is a file where a folder is needed", fix: "move it away, or choose another place" },
  EISDIR: { says: "it is a folder, and a file is needed", fix: "name a file" },
  ENOSPC: { says: "the disk is full", fix: "make room, or choose another place" },
  EDQUOT: { says: "this user's share of the disk is full", fix: "make room, or choose another place" },
};

const ON_LISTENING: Readonly<Record<string, Trouble>> = {
  EADDRINUSE: {
    says: "the port is taken by another program, perhaps another Parapet",
    fix: "stop that one, or choose another port with --port",
  },
  EADDRNOTAVAIL: {
    says: "this machine has no such address",
    fix: "set listen.host in the configuration to one that it has, such as 127.0.0.1",
  },
  EACCES: {
    says: "this user may not listen there; ports below 1024 are the administrator's",
    fix: "choose a port above 1023 with --port",
  },
};

/**
 * Place, cause and fix for a refusal of the operating system (a Node.js system error:
 * https://nodejs.org/api/errors.html#class-systemerror); undefined for any other error, and for codes that tell
 * a user nothing, which keep their stack.
 */
export const systemTrouble = (error: unknown): string | undefined => {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return undefined;
  const isListening = error.syscall === "listen";
  const trouble = (isListening ? ON_LISTENING : ON_FILES)[String(error.code)];
  const place = isListening ? listeningPlace(error) : "path" in error ? String(error.path) : undefined;
  if (trouble === undefined || place === undefined) return undefined;
  return `${place}: error: ${trouble.says} (${String(error.code)})\n    fix: ${trouble.fix}`;
};

const listeningPlace = (error: Error): string | undefined => {
  if (!("address" in error)) return undefined;
  return "port" in error ? `${String(error.address)}:${String(error.port)}` : String(error.address);
};
