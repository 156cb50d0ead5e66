import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** A range of addresses, IPv4 or IPv6. */
export interface Cidr {
  readonly text: string;
  readonly list: BlockList;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv4(address) ? "ipv4" : "ipv6");

/** `::ffff:10.0.0.1` as `10.0.0.1`; other addresses unchanged, without zone. */
export const plainAddress = (address: string): string => {
  if (!address.includes(":")) return address;
  const bare = address.split("%", 1)[0] ?? address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare;
};

/** `10.0.0.0/8`, `fd00::/8`, or a single address. Undefined when it is neither. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = "", prefix, ...rest] = text.trim().split("/");
  if (rest.length > 0 || isIP(address) === 0) return undefined;
  const bitsMax = isIPv6(address) ? 128 : 32;
  const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > bitsMax) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, familyOf(address));
  return { text: text.trim(), list };
};

export const cidrContains = (cidr: Cidr, address: string): boolean => listContains(cidr.list, address);

/** Whether an address, IPv4-mapped spelling included, is in the list. False for what is no address. */
export const listContains = (list: BlockList, address: string): boolean => {
  const plain = plainAddress(address);
  return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
};

/** A list from ranges known at build time; throws when one is malformed. */
export const rangeList = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits = ""] = range.split("/");
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
};

const LOOPBACK = rangeList(["127.0.0.0/8", "::1/128"]);

/** 127.0.0.0/8, ::1, and `localhost`. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === "localhost" || listContains(LOOPBACK, host.replace(/^\[|\]$/g, ""));
