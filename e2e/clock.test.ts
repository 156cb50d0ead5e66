/**
 * Guarantee: a wall clock that jumps, by hours and in either direction, changes times and nothing else: the log keeps
 * the order of what happened and verifies, checkpoints go on, durations stay right, limits do not shut a key out.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportLedger, verifyLog } from "@parapet/server/ledger";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { leavesOf } from "./ledger-leaves.ts";
import { chat } from "./raw-http.ts";
import { completion, sendJson, sendStream, startReplayUpstream, textChunks } from "./replay-upstream.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How wrong the clock is, one after the other; right at the end. */
const WRONG_BY_MS = [0, DAY_MS, -2 * DAY_MS, HOUR_MS, -5_000, 0];
const data = temporaryFolder();
const clock = join(data, "clock");
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

beforeAll(async () => {
  upstream = await startReplayUpstream();
  upstream.answer(async (request, response) => {
    if (JSON.parse(request.body).stream === true) await sendStream(response, textChunks("Slowly, word by word.", 4), 5);
    else sendJson(response, 200, completion("Fine."));
  });
  writeFileSync(clock, "0");
  parapet = await startParapet({
    configuration: configurationOf([{ upstream: upstream.url }], "ledger: { checkpointSeconds: 1 }"),
    data,
    env: {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, "jumping-clock.ts")}`,
      PARAPET_CLOCK_FILE: clock,
    },
  });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

test("order, ends, checkpoints and limits survive a clock that jumps back and forth", async () => {
  const { body: made } = await parapet.api("POST", "/keys", { name: "clock", requestsPerMinute: 100 });
  const key = { "x-parapet-key": made.secret };
  const ask = async (stream: boolean): Promise<string> => {
    const answer = await chat(`${parapet.url}/v1`, "Hello there", { stream }, key);
    expect([answer.status, answer.complete]).toEqual([200, true]);
    return String(answer.headers["x-parapet-exchange"]);
  };
  const asked: string[] = [];
  let checkpoint = "";
  for (const wrongByMs of WRONG_BY_MS) {
    // The clock jumps in the middle of a stream.
    const across = ask(true);
    writeFileSync(clock, String(wrongByMs));
    asked.push(await across);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let turn = 0; turn < 4; turn++) asked.push(await ask(turn % 2 === 0));
    const status = await eventually(async () => {
      const { body } = await parapet.api("GET", "/evidence");
      return body.spoolLag === 0 && body.checkpoint !== checkpoint ? body : undefined;
    });
    checkpoint = status.checkpoint;
  }
  expect((await parapet.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
  for (const id of asked) {
    const { body } = await parapet.api("GET", `/exchanges/${id}`);
    expect(body.state).toBe("completed");
    expect(body.latencyMs).toBeGreaterThanOrEqual(0);
    expect(body.latencyMs).toBeLessThan(HOUR_MS);
  }

  const out = join(data, "export");
  expect(await exportLedger({ tiles: join(parapet.data, "ledger", "tiles"), out })).toMatchObject({ ok: true });
  expect(await verifyLog({ directory: out, against: checkpoint })).toMatchObject({ ok: true, problems: [] });
  const leaves = leavesOf(out);
  const orderOf = (type: string): string[] =>
    leaves.filter((leaf) => leaf.type === type).map(({ exchange }) => exchange);
  expect(orderOf("exchange.opened")).toEqual(asked);
  expect(orderOf("exchange.closed")).toEqual(asked);
  const times = leaves.map(({ time }) => Date.parse(time));
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2 * DAY_MS);
});
