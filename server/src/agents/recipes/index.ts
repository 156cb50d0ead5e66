/**
 * Sandbox recipes: what enforces an agent's declared scope where Parapet does not stand, made from the declaration.
 *
 * Pure. Invariant: a recipe never allows what the declaration does not name.
 */
import { stringify } from "yaml";
import { container, seccomp } from "./container.ts";
import { ciliumPolicy, kubeArmor, networkPolicy, serviceAccount, tetragon } from "./kubernetes.ts";
import type { Recipe, RecipeInput } from "./recipe.ts";

export { recipeInput, type GatewayPlace, type Recipe, type RecipeInput } from "./recipe.ts";

/** One line each. */
export const RECIPES: readonly Recipe[] = [
  networkPolicy,
  ciliumPolicy,
  serviceAccount,
  kubeArmor,
  tetragon,
  seccomp,
  container,
];

/** The file's text. */
export const writeRecipe = (recipe: Recipe, input: RecipeInput): string => {
  const documents = recipe.make(input);
  const say = `# ${recipe.title} of the agent ${input.name}, made by Parapet from its declaration.\n# ${recipe.note}\n`;
  switch (recipe.form) {
    case "yaml":
      return say + documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join("---\n");
    case "json":
      return `${JSON.stringify(documents[0], undefined, 2)}\n`;
    case "arguments":
      return `${documents.flatMap((list) => (Array.isArray(list) ? list : [])).join("\n")}\n`;
  }
};
