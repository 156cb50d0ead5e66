import type { Diagnostic, LogSourceBinding } from "@parapet/model";
import { toTimestamp, type Logger } from "#platform";
import { loadPolicies, type PolicySet } from "#policy";
import { loadRules, type LoadedRules, type RuleFile, type RuleSet } from "#rules";
import { readContent, watchContent } from "./content.ts";

export interface Content {
  readonly policies: () => PolicySet;
  readonly rules: () => RuleSet;
  /** Problems of the newest files; with errors among them the old policies are still in force. */
  readonly diagnostics: () => readonly Diagnostic[];
  readonly ruleDiagnostics: () => readonly Diagnostic[];
  readonly loadedAt: () => string;
  readonly reload: () => void;
  /** Puts other texts over the files' rules. */
  readonly setOverlay: (texts: readonly RuleFile[]) => void;
  /** The rules as they would be with a text over them; changes nothing. */
  readonly candidate: (text: string) => LoadedRules & { readonly keys: readonly string[] };
  readonly close: () => void;
}

export interface ContentOptions {
  readonly folders: { readonly policies: readonly string[]; readonly rules: readonly string[] };
  /** Rules that stand over the files'. */
  readonly overlay?: readonly RuleFile[];
  /** What the rules' log sources stand for. */
  readonly bindings: readonly LogSourceBinding[];
  /** Folder against which relative ones are read: the configuration file's. */
  readonly base: string;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onReload: (outcome: "success" | "failure", detail: Readonly<Record<string, unknown>>) => void;
}

const CANDIDATE = "changed-rule.yml";

/** Thrown at start when the files hold errors: nothing runs with policies that nobody wrote. */
export class ContentInvalid extends Error {
  override readonly name = "ContentInvalid";
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super("policies or rules have errors");
    this.diagnostics = diagnostics;
  }
}

/** Policies and rules from folders, reloaded as a whole when files change. An invalid set changes nothing. */
export const openContent = (options: ContentOptions): Content => {
  const { folders, base, logger, now } = options;
  let overlay = options.overlay ?? [];
  const ruleFiles = () => readContent(folders.rules, base, [".yml", ".yaml"]);
  const read = () => ({
    policies: loadPolicies(readContent(folders.policies, base, [".cedar", ".cases.yaml"])),
    rules: loadRules(ruleFiles(), options.bindings, overlay),
  });

  const first = read();
  if (!first.policies.ok) throw new ContentInvalid(first.policies.diagnostics);
  let policies = first.policies.set;
  let rules = first.rules.set;
  let ruleDiagnostics = first.rules.diagnostics;
  let diagnostics = [...first.policies.diagnostics, ...ruleDiagnostics];
  let loadedAt = toTimestamp(now());

  const reload = (): void => {
    const next = read();
    ruleDiagnostics = next.rules.diagnostics;
    diagnostics = [...next.policies.diagnostics, ...ruleDiagnostics];
    if (!next.policies.ok) {
      const problems = next.policies.diagnostics.filter(({ level }) => level === "error");
      logger.error({ problems, inForce: policies.version }, "new policies are invalid; the old ones stay in force");
      options.onReload("failure", {
        inForce: policies.version,
        problems: problems.length,
        first: problems[0]?.message ?? "",
      });
      return;
    }
    const changed = next.policies.set.version !== policies.version || next.rules.set.version !== rules.version;
    policies = next.policies.set;
    rules = next.rules.set;
    loadedAt = toTimestamp(now());
    if (!changed) return;
    logger.info({ policies: policies.version, rules: rules.version }, "policies and rules reloaded");
    options.onReload("success", { policies: policies.version, rules: rules.version });
  };
  const watcher = watchContent([...folders.policies, ...folders.rules], base, reload);

  return {
    policies: () => policies,
    rules: () => rules,
    diagnostics: () => diagnostics,
    ruleDiagnostics: () => ruleDiagnostics,
    loadedAt: () => loadedAt,
    reload,
    setOverlay: (texts) => {
      overlay = texts;
      reload();
    },
    candidate: (text) => {
      const loaded = loadRules(ruleFiles(), options.bindings, [{ path: CANDIDATE, text }, ...overlay]);
      const keys = [...loaded.set.rules, ...loaded.set.correlations]
        .filter(({ file }) => file === CANDIDATE)
        .map(({ key }) => key);
      return { ...loaded, keys, diagnostics: loaded.diagnostics.filter(({ file }) => file === CANDIDATE) };
    },
    close: watcher.close,
  };
};
