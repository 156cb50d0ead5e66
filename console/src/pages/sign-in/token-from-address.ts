/**
 * The token of `/#token=…`, which `npm start` prints. It is taken out of the address before it is
 * used, so that it stays neither in the history nor in a copied link.
 */
export const takeTokenFromAddress = (
  location: Pick<Location, "hash" | "pathname" | "search">,
  history: Pick<History, "replaceState">,
): string | undefined => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null || token === "") return undefined;
  history.replaceState(null, "", `${location.pathname}${location.search}`);
  return token;
};
