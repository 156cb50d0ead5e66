/**
 * A process to be killed: appends and signs in the directory it is given until it dies, and says on standard
 * output what was acknowledged (`a <size>`) and what was handed out (`c <checkpoint in base64>`).
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openSqliteLedgerStore } from "#storage";
import { leaves, ORIGIN } from "./ledger.fixture.ts";
import { createLedger } from "./ledger.ts";
import { loadOrCreateSigner } from "./signer-file.ts";

const [, , directory = ""] = process.argv;
const store = await openSqliteLedgerStore(join(directory, "ledger"));
const signer = await loadOrCreateSigner(join(directory, "ledger.key"), ORIGIN);
const ledger = createLedger({ store, signer, origin: ORIGIN, now: Date.now });

for (let batch = 1; ; batch = (batch * 7) % 311) {
  const from = await store.size();
  const { size } = await ledger.append(leaves(from, from + batch), `1:${from + batch}`);
  writeSync(1, `a ${size}\n`);
  const { note } = await ledger.sign();
  writeSync(1, `c ${Buffer.from(note).toString("base64")}\n`);
}
