import type { ArgumentOrigin } from "@parapet/model";

const LEAVES_MAX = 300;
const DEPTH_MAX = 20;

/** One value of a call's arguments, with where it comes from as far as that is known. */
export interface Argument {
  /** JSON pointer. */
  readonly path: string;
  /** As people write paths: `to.0`. */
  readonly name: string;
  readonly value: string;
  readonly origin: ArgumentOrigin | undefined;
}

const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");
const escaped = (step: string): string => step.replaceAll("~", "~0").replaceAll("/", "~1");

/** The values of arguments one by one, in their order; undefined for what is no JSON object or has too many. */
export const argumentsOf = (text: string, origins: readonly ArgumentOrigin[]): readonly Argument[] | undefined => {
  const known = new Map(origins.map((origin) => [origin.path, origin]));
  const found: Argument[] = [];
  let isWhole = true;
  const add = (path: string, value: string): void => {
    const name = path.slice(1).split("/").map(unescaped).join(".");
    found.push({ path, name, value, origin: known.get(path) });
  };
  const visit = (value: unknown, path: string, depth: number): void => {
    if (found.length >= LEAVES_MAX || depth > DEPTH_MAX) {
      isWhole = false;
      return;
    }
    if (Array.isArray(value) && value.length > 0)
      for (const [at, item] of value.entries()) visit(item, `${path}/${at}`, depth + 1);
    else if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
      for (const [key, item] of Object.entries(value)) visit(item, `${path}/${escaped(key)}`, depth + 1);
    else add(path, typeof value === "string" ? value : JSON.stringify(value));
  };
  try {
    const whole: unknown = JSON.parse(text);
    if (typeof whole !== "object" || whole === null) return undefined;
    if (Object.keys(whole).length === 0) return [];
    visit(whole, "", 0);
  } catch {
    return undefined;
  }
  return isWhole ? found : undefined;
};
