import { defineConfig } from "oxlint";
import { LAYERS } from "./server/layers.ts";

const modules = LAYERS.slice(1).flat();

/** What a module must not import: its own line, the lines below it, and the inside of any other module. */
const walls = (name: string) => {
  const line = LAYERS.findIndex((layer) => layer.includes(name));
  const forbidden = LAYERS.slice(line)
    .flat()
    .filter((other) => other !== name);
  return {
    files: [`server/src/${name}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^#(${[...forbidden, name].join("|")})$`,
              message: `Not on a line above "${name}" (server/layers.ts).`,
            },
            { regex: "^#[^/]+/", message: "Modules are imported by name; their files are their own." },
            {
              regex: `^(\\.\\./)+(${modules.filter((other) => other !== name).join("|")})/`,
              message: "A relative import must not leave its module.",
            },
          ],
        },
      ] as const,
    },
  };
};

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise"],
  categories: { correctness: "error", suspicious: "error" },
  options: { typeAware: true },
  ignorePatterns: ["**/dist/**", "data/**", "examples/**"],
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/consistent-type-imports": "error",
    "typescript/consistent-type-assertions": ["error", { assertionStyle: "never" }],
    "consistent-return": "off",
    "no-eval": "error",
    "no-new-func": "error",
    "no-console": "error",
    "no-shadow": "off",
    "no-await-in-loop": "off",
    "no-underscore-dangle": "off",
    "no-control-regex": "off",
    "no-misleading-character-class": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/prefer-add-event-listener": "off",
    "unicorn/require-post-message-target-origin": "off",
    "import/no-unassigned-import": "off",
    "import/no-named-as-default": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/no-unnecessary-type-arguments": "off",
    "typescript/restrict-template-expressions": "off",
    "typescript/unbound-method": "off",
    "promise/always-return": "off",
    "typescript/no-misused-spread": "off",
    "typescript/no-unnecessary-boolean-literal-compare": "off",
  },
  overrides: [
    ...modules.map(walls),
    {
      // Where the outside world is given a type once, so that nobody else has to.
      files: ["server/src/platform/**", "**/*.test.ts", "e2e/**", "bench/**", "console/src/api/**"],
      rules: {
        "typescript/consistent-type-assertions": "off",
        "typescript/no-non-null-assertion": "off",
        "typescript/no-unnecessary-type-parameters": "off",
      },
    },
    {
      // Tests read answers as any client would, without our types.
      files: ["**/*.test.ts", "e2e/**"],
      rules: { "typescript/no-explicit-any": "off", "typescript/require-array-sort-compare": "off" },
    },
    {
      files: ["server/bin/**", "bench/**", "e2e/**", "server/src/cli/**"],
      rules: { "no-console": "off" },
    },
    {
      files: ["console/**"],
      plugins: ["typescript", "unicorn", "oxc", "import", "promise", "react", "jsx-a11y"],
      rules: { "react/react-in-jsx-scope": "off" },
    },
  ],
});
