import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { listContains, rangeList } from "./ip.ts";

/**
 * Where outbound connections may not go. Addresses of cloud metadata services hand out the machine's own
 * credentials, so they are refused whatever the configuration says; the NAT64 and 6to4 spellings of
 * 169.254.0.0/16 included.
 */
const METADATA = rangeList([
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "64:ff9b::a9fe:0/112",
  "2002:a9fe::/32",
]);

const PRIVATE = rangeList([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2002::/16",
  "fc00::/7",
  "fec0::/10",
  "ff00::/8",
]);

const METADATA_NAMES = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
]);

export type EgressRefusal = {
  readonly code: "bad_url" | "metadata_address" | "private_address";
  readonly message: string;
};
export type GuardedUrl =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly refusal: EgressRefusal };

export interface EgressRules {
  /** Whether private, loopback and otherwise not public addresses may be reached. */
  readonly allowPrivate: boolean;
}

/** Why this address may not be reached, or undefined. */
const refuseAddress = (address: string, rules: EgressRules): EgressRefusal | undefined => {
  if (listContains(METADATA, address)) {
    return {
      code: "metadata_address",
      message: `${address} is an address of a metadata service or link-local; it is never reached`,
    };
  }
  if (!rules.allowPrivate && listContains(PRIVATE, address)) {
    return {
      code: "private_address",
      message: `${address} is not a public address, and private ones are not allowed here`,
    };
  }
  return undefined;
};

const refused = (code: EgressRefusal["code"], message: string): GuardedUrl => ({
  ok: false,
  refusal: { code, message },
});

/**
 * Checks what can be seen of a URL without resolving it. Decimal, octal, hexadecimal and IPv6-mapped spellings
 * are normalised by the URL parser first. Names are checked again when they resolve (`guardedLookup`).
 */
export const guardUrl = (text: string | URL, rules: EgressRules): GuardedUrl => {
  const url = URL.parse(String(text));
  if (url === null) return refused("bad_url", "Not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return refused("bad_url", "Only http and https URLs are reached");
  if (url.username !== "" || url.password !== "")
    return refused("bad_url", "A URL must not carry a user name or password");
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (METADATA_NAMES.has(host))
    return refused("metadata_address", `${host} names a metadata service; it is never reached`);
  if (isIP(host) !== 0) {
    const refusal = refuseAddress(host, rules);
    return refusal === undefined ? { ok: true, url } : { ok: false, refusal };
  }
  if (!rules.allowPrivate && (host === "localhost" || host.endsWith(".localhost"))) {
    return refused("private_address", `${host} is this machine, and private addresses are not allowed here`);
  }
  return { ok: true, url };
};

/** Thrown into the connection when a name resolves to where it may not. */
export class EgressRefusedError extends Error {
  override readonly name = "EgressRefusedError";
  readonly code = "EGRESS_REFUSED";
}

export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

const systemResolve: Resolve = (hostname, callback) => systemLookup(hostname, { all: true }, callback);

/**
 * A `lookup` for `net.connect`: the addresses that are checked are those that are connected to, so an answer
 * that changes between check and use (DNS rebinding) has nothing to change.
 */
export const guardedLookup =
  (rules: EgressRules, resolve: Resolve = systemResolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const family =
        options.family === 4 || options.family === "IPv4"
          ? 4
          : options.family === 6 || options.family === "IPv6"
            ? 6
            : 0;
      const usable = addresses?.filter((address) => family === 0 || address.family === family) ?? [];
      const first = usable[0];
      if (error !== null) return callback(error, "", 0);
      for (const { address } of usable) {
        const refusal = refuseAddress(address, rules);
        if (refusal !== undefined) return callback(new EgressRefusedError(`${hostname}: ${refusal.message}`), "", 0);
      }
      if (first === undefined)
        return callback(Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" }), "", 0);
      return options.all === true ? callback(null, usable) : callback(null, first.address, first.family);
    });
  };
