import { expect, test } from "vitest";
import { takeTokenFromAddress } from "./token-from-address.ts";

const take = (hash: string): { readonly token: string | undefined; readonly address: string | undefined } => {
  let address: string | undefined;
  const history = {
    replaceState: (_data: unknown, _title: string, url?: string | URL | null) => void (address = String(url)),
  };
  return { token: takeTokenFromAddress({ hash, pathname: "/exchanges", search: "?q=a" }, history), address };
};

test("the token leaves the address, what else it says stays", () => {
  expect(take("#token=abc%2B")).toEqual({ token: "abc+", address: "/exchanges?q=a" });
});

test("an address without a token is left alone", () => {
  expect(take("#part")).toEqual({ token: undefined, address: undefined });
});
