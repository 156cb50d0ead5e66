/** A process for the tests to kill: appends for ever and prints the id of each record once it is acknowledged. */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { openFileSpool } from "./file-spool.ts";

const directory = process.argv[2] ?? "";
const spool = await openFileSpool({
  directory,
  key: Buffer.alloc(32, 7),
  bytesMax: 64_000_000,
  segmentBytes: 200_000,
});
const appendForEver = async (): Promise<never> => {
  for (;;) {
    const id = randomUUID();
    await spool.append(JSON.stringify({ id, text: "k".repeat(Math.floor(Math.random() * 3_000)) }));
    writeSync(1, `${id}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, appendForEver));
