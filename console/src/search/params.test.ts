import { describe, expect, test } from "vitest";
import { ExchangesSearch, FindingsSearch, parseSearch, ShellSearch, stringifySearch } from "./params.ts";

describe("the address holds the state", () => {
  test("filters survive being written and read", () => {
    const search = { verdict: "block", q: "a&b=c ünïcode", principal: "user:x", only: "unscannable" };
    expect(ExchangesSearch.parse(parseSearch(stringifySearch(search)))).toEqual(search);
  });
  test("empty and absent values are left out", () => {
    expect(stringifySearch({ verdict: undefined, q: "", route: "a" })).toBe("?route=a");
    expect(stringifySearch({})).toBe("");
  });
  test("numbers and words that look like JSON stay text", () => {
    expect(ExchangesSearch.parse(parseSearch("?session=0123&q=true")).session).toBe("0123");
  });
  test.each([
    ["an unknown verdict", "?verdict=explode&route=a"],
    ["an unknown category", "?category=%3Cscript%3E&route=a"],
    ["a value that is too long", `?model=${"x".repeat(300)}&route=a`],
    ["an unknown parameter", "?nonsense=1&route=a"],
  ])("%s is dropped and the rest stays", (_name, search) => {
    expect(ExchangesSearch.parse(parseSearch(search))).toEqual({ route: "a" });
  });
  test("the time range is an age or a time, or the default", () => {
    expect(ShellSearch.parse({ since: "7d" })).toEqual({ since: "7d" });
    expect(ShellSearch.parse({ since: "yesterday" }).since).toBeUndefined();
  });
  test("findings may be asked for in every status", () => {
    expect(FindingsSearch.parse({ status: "all" })).toEqual({ status: "all" });
  });
});
