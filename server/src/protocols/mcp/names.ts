/**
 * Names of several servers behind one endpoint. A server's id holds no underscore and no plus sign, so the first of
 * either ends it.
 */
const SEPARATOR = "__";

export interface Named {
  readonly server: string;
  /** As the server itself calls it. */
  readonly name: string;
}

/** What clients call it: `files__read`, or as the server does where the endpoint has one server only. */
export interface Namespace {
  readonly outward: (named: Named) => string;
  /** Undefined where no server of the endpoint is meant. */
  readonly inward: (name: string) => Named | undefined;
  /** The same for URIs: `files+file:///srv/a`. */
  readonly outwardUri: (named: Named) => string;
  readonly inwardUri: (uri: string) => Named | undefined;
  /** Whether names are the servers' own. */
  readonly isPlain: boolean;
}

export const createNamespace = (servers: readonly string[]): Namespace => {
  const [only = ""] = servers;
  if (servers.length === 1) {
    const same = (name: string): Named => ({ server: only, name });
    return {
      outward: ({ name }) => name,
      inward: same,
      outwardUri: ({ name }) => name,
      inwardUri: same,
      isPlain: true,
    };
  }
  const known = new Set(servers);
  const split = (text: string, mark: string): Named | undefined => {
    const at = text.indexOf(mark);
    const server = text.slice(0, Math.max(0, at));
    return known.has(server) ? { server, name: text.slice(at + mark.length) } : undefined;
  };
  return {
    outward: ({ server, name }) => server + SEPARATOR + name,
    inward: (name) => split(name, SEPARATOR),
    outwardUri: ({ server, name }) => `${server}+${name}`,
    inwardUri: (uri) => split(uri, "+"),
    isPlain: false,
  };
};
