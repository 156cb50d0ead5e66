/** Plain scalars that YAML reads back as the same string. */
const PLAIN = /^[A-Za-z_./][\w./-]*$/;
const WORDS_OF_YAML = /^(true|false|null|yes|no|on|off|y|n)$/i;
const DEPTH_MAX = 32;

const scalar = (value: unknown): string => {
  if (typeof value === "string") return PLAIN.test(value) && !WORDS_OF_YAML.test(value) ? value : JSON.stringify(value);
  return value === undefined ? "null" : JSON.stringify(value);
};

const isBranch = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0;

/** Configuration as it would stand in `parapet.yaml`, for reading. */
export const toYaml = (value: unknown, depth = 0): string => {
  const indent = "  ".repeat(depth);
  if (!isBranch(value) || depth > DEPTH_MAX) return `${indent}${scalar(value)}`;
  if (Array.isArray(value)) {
    return value
      .map((item: unknown) =>
        isBranch(item) ? `${indent}- ${toYaml(item, depth + 1).trimStart()}` : `${indent}- ${scalar(item)}`,
      )
      .join("\n");
  }
  return Object.entries(value)
    .map(([key, item]) =>
      isBranch(item)
        ? `${indent}${scalar(key)}:\n${toYaml(item, depth + 1)}`
        : `${indent}${scalar(key)}: ${scalar(item)}`,
    )
    .join("\n");
};
