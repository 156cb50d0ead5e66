import { TenantId, type CallDifference } from "@parapet/model";
import { escapePointer, hmacHex } from "#platform";
import { z } from "zod";

const LEAVES_MAX = 64;
const DEPTH_MAX = 8;
const VALUES_MAX = 200;
const TOOLS_MAX = 2_000;
const DIFFERENCES_MAX = 12;
/** Of fewer calls nothing is said to be unusual but that they are few. */
const CALLS_MIN = 3;
/** Texts longer than this are prose: no two are the same. */
const VALUE_UNITS_MAX = 256;

/** What one argument was in earlier calls. Values are keyed digests; numbers are kept as their range. */
interface UsualArgument {
  readonly values: Set<string>;
  times: number;
  least: number;
  most: number;
  numbers: number;
}

/** Earlier calls of one agent and tool. */
interface UsualCall {
  readonly names: CallNames;
  calls: number;
  readonly arguments: Map<string, UsualArgument>;
}

/** As it is kept over a restart. */
export const KeptUsual = z.object({
  names: z.object({ tenant: TenantId, actor: z.string(), server: z.string(), tool: z.string() }),
  calls: z.int(),
  arguments: z.array(
    z.object({
      name: z.string(),
      values: z.array(z.string()),
      times: z.int(),
      numbers: z.int(),
      least: z.number().optional(),
      most: z.number().optional(),
    }),
  ),
});
export type KeptUsual = Readonly<z.infer<typeof KeptUsual>>;

export interface CallNames {
  readonly tenant: TenantId;
  /** Agent, else the key, else the principal. */
  readonly actor: string;
  readonly server: string;
  readonly tool: string;
}

interface Leaf {
  readonly path: string;
  /** Position in lists taken away: the second recipient is a recipient. */
  readonly name: string;
  readonly value: string | number | boolean;
}

const leavesOf = (text: string): readonly Leaf[] => {
  const leaves: Leaf[] = [];
  const visit = (value: unknown, path: string, name: string, depth: number): void => {
    if (leaves.length >= LEAVES_MAX || depth > DEPTH_MAX) return;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      leaves.push({ path, name, value });
    else if (Array.isArray(value))
      for (const [at, item] of value.entries()) visit(item, `${path}/${at}`, `${name}/*`, depth + 1);
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) {
        const step = `/${escapePointer(key)}`;
        visit(item, path + step, name + step, depth + 1);
      }
  };
  try {
    visit(JSON.parse(text), "", "", 0);
  } catch {
    // Arguments that are no JSON are compared with nothing.
  }
  return leaves;
};

const shown = (number: number): string => number.toLocaleString("en-GB", { maximumFractionDigits: 2 });
const argumentOf = (path: string): string => path.slice(1).replaceAll("/", ".") || "the argument";

/**
 * What calls of an agent and tool usually look like, learned from those that passed, so that a person sees how one that
 * waits differs. Holds digests and ranges, no texts; bounded, least recently used forgotten first.
 */
export const createUsualCalls = (key: Buffer) => {
  const known = new Map<string, UsualCall>();
  /** Learned from since it was kept last. */
  const changed = new Set<string>();
  const nameOf = ({ tenant, actor, server, tool }: CallNames): string => JSON.stringify([tenant, actor, server, tool]);
  const digestOf = (name: string, value: string): string =>
    hmacHex(key, "usual", name, value.trim().toLowerCase()).slice(0, 16);

  const note = (names: CallNames, text: string): void => {
    const name = nameOf(names);
    const usual = known.get(name) ?? { names, calls: 0, arguments: new Map<string, UsualArgument>() };
    changed.add(name);
    known.delete(name);
    known.set(name, usual);
    if (known.size > TOOLS_MAX)
      for (const oldest of known.keys()) {
        known.delete(oldest);
        changed.delete(oldest);
        break;
      }
    usual.calls += 1;
    for (const leaf of leavesOf(text)) {
      const one = usual.arguments.get(leaf.name) ?? {
        values: new Set<string>(),
        times: 0,
        least: Number.POSITIVE_INFINITY,
        most: Number.NEGATIVE_INFINITY,
        numbers: 0,
      };
      if (usual.arguments.size >= LEAVES_MAX && !usual.arguments.has(leaf.name)) continue;
      usual.arguments.set(leaf.name, one);
      one.times += 1;
      if (typeof leaf.value === "number") {
        one.numbers += 1;
        one.least = Math.min(one.least, leaf.value);
        one.most = Math.max(one.most, leaf.value);
      } else if (typeof leaf.value === "string" && leaf.value.length <= VALUE_UNITS_MAX && one.values.size < VALUES_MAX)
        one.values.add(digestOf(leaf.name, leaf.value));
    }
  };

  const differenceOf = (leaf: Leaf, usual: UsualCall, isTarget: boolean): CallDifference | undefined => {
    const one = usual.arguments.get(leaf.name);
    const said = argumentOf(leaf.path);
    if (one === undefined)
      return { path: leaf.path, kind: "new-argument", sentence: `${said} was in none of ${usual.calls} earlier calls` };
    if (typeof leaf.value === "number" && one.numbers > 0) {
      if (leaf.value > one.most)
        return {
          path: leaf.path,
          kind: "higher",
          sentence: `${said} is ${shown(leaf.value)}, higher than ever: at most ${shown(one.most)} in ${one.numbers} earlier calls`,
        };
      if (leaf.value < one.least)
        return {
          path: leaf.path,
          kind: "lower",
          sentence: `${said} is ${shown(leaf.value)}, lower than ever: at least ${shown(one.least)} in ${one.numbers} earlier calls`,
        };
    }
    // An argument whose values hardly ever come again is prose or an id: a new value is nothing special there.
    const isSettled = isTarget || one.values.size * 2 <= one.times || one.values.size <= 2;
    if (
      typeof leaf.value === "string" &&
      leaf.value.length <= VALUE_UNITS_MAX &&
      one.values.size > 0 &&
      one.values.size < VALUES_MAX &&
      isSettled &&
      !one.values.has(digestOf(leaf.name, leaf.value))
    )
      return {
        path: leaf.path,
        kind: "new-value",
        sentence: `${said} is new: none of ${one.times} earlier values (${one.values.size} different ones)`,
      };
    return undefined;
  };

  return {
    /** Learns from a call that passed. */
    note,
    /** What was learned since this was asked last. */
    takeChanged: (): readonly KeptUsual[] => {
      const taken = [...changed].flatMap((name) => known.get(name) ?? []);
      changed.clear();
      return taken.map(({ names, calls, arguments: all }) => ({
        names,
        calls,
        arguments: [...all].map(([name, { values, times, numbers, least, most }]) => ({
          name,
          values: [...values],
          times,
          numbers,
          ...(numbers > 0 && { least, most }),
        })),
      }));
    },
    /** Takes over what an earlier start learned; oldest first. */
    restore: (kept: readonly KeptUsual[]): void => {
      for (const { names, calls, arguments: all } of kept.slice(-TOOLS_MAX))
        known.set(nameOf(names), {
          names,
          calls,
          arguments: new Map(
            all.map(({ name, values, times, numbers, least, most }) => [
              name,
              {
                values: new Set(values),
                times,
                numbers,
                least: least ?? Number.POSITIVE_INFINITY,
                most: most ?? Number.NEGATIVE_INFINITY,
              },
            ]),
          ),
        });
    },
    /** Erasure. */
    forget: (tenant: TenantId, actor: string): void => {
      for (const [name, { names }] of known)
        if (names.tenant === tenant && names.actor === actor) {
          known.delete(name);
          changed.delete(name);
        }
    },
    /**
     * How a call differs from earlier ones that passed; at most a dozen sentences. `targets`: paths of arguments that
     * name a recipient, account, address, host or path, of which each new one is told.
     */
    differences: (
      names: CallNames,
      text: string,
      targets: ReadonlySet<string> = new Set(),
    ): readonly CallDifference[] => {
      const usual = known.get(nameOf(names));
      if (usual === undefined || usual.calls < CALLS_MIN) {
        const calls = usual?.calls ?? 0;
        const before = calls === 0 ? "No such call" : `Only ${calls} such call${calls === 1 ? "" : "s"}`;
        return [
          { path: "", kind: "first-call", sentence: `${before} of this agent passed before: nothing to compare with` },
        ];
      }
      return leavesOf(text)
        .flatMap((leaf) => differenceOf(leaf, usual, targets.has(leaf.path)) ?? [])
        .slice(0, DIFFERENCES_MAX);
    },
  };
};

export type UsualCalls = ReturnType<typeof createUsualCalls>;
