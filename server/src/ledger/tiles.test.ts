import * as fc from "fast-check";
import { expect, test } from "vitest";
import { tilePath, tilesOf } from "./tiles.ts";
import { tileName } from "./verify/tile-folder.ts";

test.each([
  [0, "000"],
  [7, "007"],
  [999, "999"],
  [1_000, "x001/000"],
  [67, "067"],
  [1_234_067, "x001/x234/067"],
  [1_000_000, "x001/x000/000"],
])("tile %i stands at %s for the exporter and for the verifier", (index, path) => {
  expect(tilePath(index)).toBe(path);
  expect(tileName(index)).toBe(path);
});

test("exporter and verifier agree on the path of every tile", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (index) => {
      expect(tilePath(index)).toBe(tileName(index));
    }),
  );
});

test("a log of 70,000 entries consists of the tiles that the format's example lists", () => {
  const tiles = tilesOf(70_000);
  const of = (level: string, isFull: boolean) =>
    tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull);
  expect(of("0", true)).toHaveLength(273);
  expect(of("entries", true)).toHaveLength(273);
  expect(of("0", false)).toEqual([{ level: "0", tile: 273, width: 112 }]);
  expect(of("1", true)).toHaveLength(1);
  expect(of("1", false)).toEqual([{ level: "1", tile: 1, width: 17 }]);
  expect(of("2", false)).toEqual([{ level: "2", tile: 0, width: 1 }]);
  expect(tilesOf(0)).toEqual([]);
});
