import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, Server } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemTrouble } from "./system-trouble.ts";
import { run, temporaryFolder, writeConfiguration } from "./terminal.fixture.ts";

const folder = temporaryFolder();
const file = join(folder, "a-file");
writeFileSync(file, "");

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

test.each([
  ["a folder below a file", () => mkdirSync(join(file, "data"), { recursive: true }), "a part of the path is a file"],
  ["a file that is absent", () => readFileSync(join(folder, "absent")), "there is no such file or folder"],
  [
    "a file in place of a folder",
    () => mkdirSync(file, { recursive: true }),
    "there is a file where a folder is needed",
  ],
])("the system's refusal of %s is told with its place and a fix", (_, act, says) => {
  expect(systemTrouble(thrownBy(act))?.split("\n")).toEqual([
    expect.stringContaining(`: error: ${says}`),
    expect.stringMatching(/ {4}fix: ./),
  ]);
});

test("errors of programs are not taken for refusals of the system", () => {
  expect(systemTrouble(new TypeError("x is not a function"))).toBeUndefined();
  expect(systemTrouble(Object.assign(new Error("no"), { code: "EACCES" }))).toBeUndefined();
});

test("a data directory that cannot be made is named in a sentence, without a stack", async () => {
  writeConfiguration(folder);
  const refused = await run(["up", "--port", "0", "--data", join(file, "data")], folder);
  expect(refused).toMatchObject({ code: 3, said: expect.stringContaining(`${join(file, "data")}: error: a part`) });
  expect(refused.said).not.toContain(" at ");
});

test("a port that is taken is named with its address", async () => {
  const listen = (port: number) =>
    new Promise<unknown>((resolve) => {
      const server = createServer().once("error", resolve);
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  const first = await listen(0);
  if (!(first instanceof Server)) throw new Error("no port is free");
  const address = first.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const refused = await listen(port);
  first.close();
  expect(systemTrouble(refused)).toContain(`127.0.0.1:${port}: error: the port is taken by another program`);
});
