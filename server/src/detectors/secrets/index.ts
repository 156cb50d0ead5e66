/**
 * Finds secrets: keys, tokens, passwords and private keys, by published format or by the name they stand behind.
 *
 * It must not quote what it found, in reasons or anywhere else, and must not ask the issuer whether a key is live.
 * Invariant: a match's span covers the secret itself, so that replacing the span is enough to redact it.
 */
export { secretsDetector, SecretsSettings } from "./secrets.ts";
