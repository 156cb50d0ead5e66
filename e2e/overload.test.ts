/**
 * Guarantee: under several times the load that it takes, the gateway answers what it admits and refuses the rest with
 * 503 and a time to come back; no connection breaks, what was answered is on record, and afterwards nothing is left.
 * In the long profile only (`npm run soak`): ten minutes.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  configurationOf,
  eventually,
  removeFolder,
  startParapet,
  temporaryFolder,
  type Started,
} from "./parapet-process.ts";
import { chat } from "./raw-http.ts";
import { completion, sendJson, startReplayUpstream } from "./replay-upstream.ts";

const SECONDS = 600;
/** So many are admitted at once; four times as many callers ask without a pause. */
const EXCHANGES_MAX = 12;
const CALLERS = 4 * EXCHANGES_MAX;
/** Every so many requests one is large; together they do not fit. */
const LARGE_EVERY = 8;
const LARGE = "words that fill a large body, ".repeat(20_000);
const ANSWERED_KEPT = 400;
const data = temporaryFolder();
let upstream: Awaited<ReturnType<typeof startReplayUpstream>>;
let parapet: Started;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  upstream = await startReplayUpstream();
  upstream.answer(async (_request, response) => {
    await pause(50);
    sendJson(response, 200, completion("Fine."));
    // What it remembers of every request would be the only thing that grows.
    upstream.received.length = 0;
  });
  parapet = await startParapet({
    configuration: configurationOf(
      [{ upstream: upstream.url }],
      `limits: { exchangesMax: ${EXCHANGES_MAX}, inFlightBytesMax: ${2 * LARGE.length} }`,
    ),
    data,
  });
});
afterAll(async () => {
  await parapet.stop();
  await upstream.close();
  removeFolder(data);
});

test.runIf(process.env["PARAPET_SOAK"] !== undefined)(
  `${SECONDS} s of four times as many callers as are admitted: each is answered or told when to come back`,
  { timeout: (SECONDS + 120) * 1_000 },
  async () => {
    const endMs = performance.now() + SECONDS * 1_000;
    const counts = new Map<string, number>();
    const answered: string[] = [];
    const call = async (seed: number): Promise<void> => {
      for (let turn = seed; performance.now() < endMs; turn++) {
        const isLarge = turn % LARGE_EVERY === 0;
        const answer = await chat(`${parapet.url}/v1`, isLarge ? LARGE : `Question ${turn}`);
        const code = answer.status === 503 ? JSON.parse(answer.text).error.code : "";
        const kind = `${isLarge ? "large" : "small"} ${answer.status} ${code}`.trim();
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (answer.status === 200) answered.push(String(answer.headers["x-parapet-exchange"]));
        else {
          expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
          await pause(20);
        }
        if (answered.length > 2 * ANSWERED_KEPT) answered.splice(0, ANSWERED_KEPT);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, (_, index) => call(index)));
    expect([...counts.keys()].toSorted()).toEqual(
      expect.arrayContaining(["large 503 overloaded", "small 200", "small 503 overloaded"]),
    );
    const others = [...counts.keys()].filter((kind) => !/^(?:large|small) (?:200|503 overloaded)$/.test(kind));
    expect(others).toEqual([]);

    expect((await chat(`${parapet.url}/v1`, "And now?")).status).toBe(200);
    expect((await parapet.api("POST", "/evidence/verify")).body).toMatchObject({ ok: true, problems: [] });
    for (const id of answered.slice(-ANSWERED_KEPT))
      expect((await parapet.api("GET", `/exchanges/${id}`)).body.state).toBe("completed");
    expect((await parapet.api("GET", "/exchanges?state=open")).body.items).toEqual([]);
    const metrics = await eventually(async () => {
      const text = await (await fetch(`${parapet.url}/metrics`)).text();
      return text.includes("\nparapet_in_flight_bytes 0\n") ? text : undefined;
    });
    const refused = [...counts].reduce((sum, [kind, count]) => (kind.includes("503") ? sum + count : sum), 0);
    expect(Number(/^parapet_faults_total\{code="overloaded"\} (\d+)$/m.exec(metrics)?.[1])).toBe(refused);
  },
);
