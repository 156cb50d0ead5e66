import type { Endpoint, Protocol } from "../protocol.ts";

export interface GuardContract extends Pick<Endpoint, "decodeRequest" | "decodeResponse"> {
  readonly id: string;
  readonly paths: readonly string[];
  /** Where callers put their gateway key, besides `x-parapet-key`. */
  readonly header: string;
  /** What a stop, a pass and a redaction are in the contract. `edited` gets the question with what it must become. */
  readonly refused: (message: string) => unknown;
  readonly passed: () => unknown;
  readonly edited: (question: Buffer) => unknown;
}

/** The question of a guard contract; it passed the strict front. */
export const judgedBody = (bytes: Buffer): Readonly<Record<string, unknown>> => {
  const body: unknown = JSON.parse(bytes.toString("utf8"));
  return typeof body === "object" && body !== null ? { ...body } : {};
};

/**
 * A contract by which another gateway asks what may pass. The question itself is its own answer until it is settled:
 * what a model said is judged as an answer, everything else as a request.
 */
export const guardOf = (contract: GuardContract): Protocol => ({
  id: contract.id,
  isGuard: true,
  endpoints: contract.paths.map((path): Endpoint => ({
    name: `POST ${path}`,
    method: "POST",
    path,
    query: {},
    body: "json",
    decodeRequest: contract.decodeRequest,
    decodeResponse: contract.decodeResponse,
    refusal: ({ message }) => JSON.stringify(contract.refused(message)),
    settle: (question, isEdited) => JSON.stringify(isEdited ? contract.edited(question) : contract.passed()),
  })),
  error: ({ message }) => JSON.stringify({ ...record(contract.refused(message)), error: message }),
  credential: { header: contract.header, prefix: contract.header === "authorization" ? "Bearer " : "" },
  headers: { forwarded: [], returned: [], account: [] },
});

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
