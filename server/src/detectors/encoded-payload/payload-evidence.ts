/** What a decoded text would do if somebody followed it. */
export type PayloadKind = "instructions" | "command" | "markup" | "url";

interface Evidence {
  readonly kind: PayloadKind;
  readonly pattern: RegExp;
}

// Bounded gaps only, so that no text makes a pattern slow. Verbs of overriding beside what is overridden, in the
// languages that injections are written in most.
const EVIDENCE: readonly Evidence[] = [
  {
    kind: "instructions",
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass|discard)\b[^\n]{0,60}?\b(?:instructions?|rules?|prompts?|guidelines|previous|prior|above|restrictions|safety|polic(?:y|ies)|filters?)\b/i,
  },
  {
    kind: "instructions",
    pattern:
      /\b(?:you are now|from now on you|new instructions|system prompt|developer mode|do anything now|act as an? unrestricted|without (?:any )?restrictions)\b/i,
  },
  {
    kind: "instructions",
    pattern:
      /\b(?:reveal|print|show|send|forward|leak|exfiltrate|upload|e-?mail|post)\b[^\n]{0,60}?\b(?:prompt|passwords?|secrets?|credentials?|api[ _-]?keys?|private keys?|tokens?|conversation|\.env|files?)\b/i,
  },
  {
    kind: "instructions",
    pattern:
      /(?:ignorier|missacht|vergiss)[^\n]{0,60}?(?:anweisung|regel|vorgabe)|(?:ignora|olvida)[^\n]{0,60}?(?:instruccion|istruzioni|regla|regole|instruç)|(?:ignore[zr]?|oublie[zr]?)[^\n]{0,60}?(?:instructions|consignes|règles)|(?:игнорир|забудь)[^\n]{0,60}?(?:инструкци|правил|указани)|(?:忽略|无视|無視)[^\n]{0,30}?(?:指令|指示|规则|提示|命令)/i,
  },
  {
    kind: "command",
    pattern:
      /\b(?:curl|wget)\s+[^\n]{0,200}?(?:https?:\/\/|\|\s{0,4}(?:ba|z)?sh\b)|\b(?:bash|sh|zsh)\s+-[ci]\b|\brm\s+-[rf]{1,2}\b|\bpowershell\b|\bInvoke-(?:Expression|WebRequest)\b|\bIEX\s{0,4}\(|\bnc\s+-\w{0,4}e|\/dev\/tcp\/|\bchmod\s+\+x\b|\bsubprocess\.|\bos\.system\s{0,4}\(|\beval\s{0,4}\(|\bexec\s{0,4}\(|\bcmd(?:\.exe)?\s+\/c\b|\bsudo\s+\w/i,
  },
  { kind: "markup", pattern: /<script\b|javascript:|\bon(?:error|load|click|mouseover)\s{0,4}=|<iframe\b/i },
  { kind: "url", pattern: /\bhttps?:\/\/(?!(?:www\.)?w3\.org\b|schemas?\.|ns\.adobe\.com|ocsp|crl)[^\s"'<>]{4}/i },
];

/** The gravest kind of payload in a text with where it stands, or undefined. */
export const payloadIn = (
  text: string,
): { readonly kind: PayloadKind; readonly start: number; readonly end: number } | undefined => {
  for (const { kind, pattern } of EVIDENCE) {
    const match = pattern.exec(text);
    if (match !== null) return { kind, start: match.index, end: match.index + match[0].length };
  }
  return undefined;
};
