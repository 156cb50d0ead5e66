/**
 * The MCP gateway: both revisions in use, several servers behind one endpoint.
 *
 * Moves messages and decides nothing itself: each message takes the road of `pipeline`. Invariant: what is not
 * known is refused; a server's process starts from the configuration file only.
 */
export {};
