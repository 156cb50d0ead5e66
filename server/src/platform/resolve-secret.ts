export type SecretResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string };

const ENVIRONMENT = /^\$\{([A-Za-z_][A-Za-z0-9_]{0,127})\}$/;
const PRINTABLE = /^[\x21-\x7e]{1,8192}$/;

const checked = (value: string, where: string): SecretResult => {
  if (value === "") return { ok: false, message: `${where} is empty` };
  // A line break in a credential would be a header injection.
  return PRINTABLE.test(value)
    ? { ok: true, value }
    : { ok: false, message: `${where} holds white space or characters that no header may carry` };
};

/**
 * A credential by reference: `${NAME}` from the environment or `file:/path`. Never a literal, so that no
 * configuration file holds a secret. The message names the reference, never the value.
 */
export const resolveSecret = (
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): SecretResult => {
  const name = ENVIRONMENT.exec(reference)?.[1];
  if (name !== undefined) {
    const value = env[name];
    return value === undefined
      ? { ok: false, message: `the environment variable ${name} is not set` }
      : checked(value.trim(), `the environment variable ${name}`);
  }
  if (reference.startsWith("file:")) {
    const path = reference.slice("file:".length);
    try {
      return checked(readFile(path).trim(), path);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      return { ok: false, message: `${path} cannot be read (${code})` };
    }
  }
  return {
    ok: false,
    message:
      "write ${NAME} for an environment variable or file:/path; a secret must not stand in the configuration itself",
  };
};
