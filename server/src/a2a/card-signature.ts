import { flattenedVerify } from "jose";
import { canonical } from "#ledger";
import { Fault, SIGNATURE_ALGORITHMS, type KeySet, type VerifyKeys } from "#platform";
import { a2a } from "#protocols";

/** `none`: nobody signed it, or nobody here knows whose keys count. */
export type SignatureState = "none" | "good" | "bad";

/**
 * The texts that a signer may have signed: the card as it is published, and without what says nothing. Signers leave out
 * requirements without scopes, too, so of a card that lets anybody call only the whole counts: that could be added.
 */
const payloadsOf = (card: a2a.AgentCard): readonly string[] => {
  const bare = a2a.withoutSignatures(card.value);
  const texts = a2a.asksNobody(bare) ? [bare] : [bare, a2a.withoutEmpty(bare) ?? {}];
  return [...new Set(texts.map((one) => canonical(one)))];
};

const fits = async (
  payload: string,
  signature: a2a.AgentCard["signatures"][number],
  keys: KeySet,
): Promise<boolean> => {
  const jws = {
    payload: Buffer.from(payload).toString("base64url"),
    protected: signature.protected,
    signature: signature.signature,
    ...(signature.header !== undefined && { header: { ...signature.header } }),
  };
  const verify = (set: VerifyKeys) => flattenedVerify(jws, set, { algorithms: SIGNATURE_ALGORITHMS });
  try {
    await keys.verify(verify);
    return true;
  } catch (error) {
    if (error instanceof Fault) throw error;
    return false;
  }
};

/** Whether one of a card's signatures was made with a key that counts. Throws a fault where the keys cannot be read. */
export const checkSignatures = async (card: a2a.AgentCard, keys: KeySet | undefined): Promise<SignatureState> => {
  if (keys === undefined || card.signatures.length === 0) return "none";
  for (const signature of card.signatures)
    for (const payload of payloadsOf(card)) if (await fits(payload, signature, keys)) return "good";
  return "bad";
};
