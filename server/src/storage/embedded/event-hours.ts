import { COUNTS, HourlyRow, type TenantId } from "@parapet/model";
import { z } from "zod";
import type { HourlyQuery, SeenValue } from "../event-store.ts";
import type { ChdbEngine } from "./chdb-engine.ts";

const IDS_AT_ONCE = 200;
const SAMPLES_MAX = 4_096;
const VALUES_MAX = 400;

const IdRow = z.object({ id: z.string() });
const SeenRow = z.object({
  id: z.string(),
  value: z.string(),
  days: z.int(),
  firstMs: z.int(),
  count: z.number(),
});
const Counted = z.record(z.string(), z.unknown());
const Maps = z.record(z.string(), z.number()).default({});
const StoredHour = Counted.transform(({ tenant, dimension, id, hourMs, values, cells, samples, ...counts }) =>
  HourlyRow.parse({
    tenant,
    dimension,
    id,
    hourMs,
    counts,
    values: Maps.parse(values),
    cells: Maps.parse(cells),
    samples: samples ?? [],
  }),
);

/** A row as it is inserted. */
export const hourlyLine = ({ tenant, dimension, id, hourMs, counts, values, cells, samples }: HourlyRow): string =>
  JSON.stringify({ tenant, dimension, id, hour: hourMs / 1_000, ...counts, values, cells, samples });

const SCOPE = `tenant = {tenant:String} AND dimension = {dimension:String}
  AND hour >= toDateTime({from:Int64}, 'UTC') AND hour < toDateTime({until:Int64}, 'UTC')`;
const PARTS = {
  values: "sumMap(values) AS values",
  cells: "sumMap(cells) AS cells",
  samples: `arraySlice(groupArrayArray(samples), 1, ${String(SAMPLES_MAX)}) AS samples`,
};

const parametersOf = (tenant: TenantId, { dimension, fromMs, untilMs }: HourlyQuery) => ({
  tenant,
  dimension,
  from: Math.floor(fromMs / 1_000),
  until: Math.floor(untilMs / 1_000),
});

export async function* scanHourly(
  engine: ChdbEngine,
  tenant: TenantId,
  query: HourlyQuery,
): AsyncGenerator<readonly HourlyRow[]> {
  const parameters = parametersOf(tenant, query);
  const ids =
    query.ids ??
    (await engine.query(IdRow, `SELECT DISTINCT id FROM parapet.hourly WHERE ${SCOPE} ORDER BY id`, parameters)).map(
      ({ id }) => id,
    );
  const columns = [
    ...COUNTS.map((name) => `sum(${name}) AS ${name}`),
    ...(query.parts ?? []).map((part) => PARTS[part]),
  ];
  for (let place = 0; place < ids.length; place += IDS_AT_ONCE)
    yield await engine.query(
      StoredHour,
      `SELECT tenant, dimension, id, toInt64(toUnixTimestamp(hour)) * 1000 AS hourMs, ${columns.join(", ")}
       FROM parapet.hourly WHERE ${SCOPE} AND id IN ({ids:Array(String)})
       GROUP BY tenant, dimension, id, hour ORDER BY id, hour`,
      { ...parameters, ids: ids.slice(place, place + IDS_AT_ONCE) },
    );
}

export const seenValues = async (
  engine: ChdbEngine,
  tenant: TenantId,
  query: HourlyQuery,
): Promise<readonly SeenValue[]> => {
  const whose = query.ids === undefined ? "" : "AND id IN ({ids:Array(String)})";
  return await engine.query(
    SeenRow,
    `SELECT id, toString(pair.1) AS value, toInt32(uniqExact(toDate(hour))) AS days,
       toInt64(toUnixTimestamp(min(hour))) * 1000 AS firstMs, sum(pair.2) AS count
     FROM parapet.hourly ARRAY JOIN CAST(values, 'Array(Tuple(String, Float64))') AS pair
     WHERE ${SCOPE} ${whose} GROUP BY id, value ORDER BY id, count DESC, value LIMIT ${String(VALUES_MAX)} BY id`,
    { ...parametersOf(tenant, query), ...(query.ids !== undefined && { ids: query.ids }) },
  );
};
