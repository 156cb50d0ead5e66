import type { Provenance } from "@parapet/model";
import type { Detection, TextForm } from "../detector.ts";

interface Upload {
  /** The pattern is tried only where one of these stands; prose has few of them. */
  readonly signs: readonly string[];
  readonly pattern: RegExp;
  readonly what: string;
}

// Gaps are bounded and stop at the end of the line.
const UPLOADS: readonly Upload[] = [
  {
    signs: ["@", "$(", "`"],
    what: "sends a file or a command's output with curl or wget",
    pattern:
      /\b(?:curl|wget)\b[^\n]{0,200}?\s(?:--data(?:-binary|-raw|-urlencode)?|-d|-F|--form|-T|--upload-file|--post-file|--post-data)[\s=]{1,3}["']?[^\n]{0,80}?(?:@[\w./~-]{1,200}|\$\(|`)/gi,
  },
  {
    signs: ["$(", "`"],
    what: "puts a command's output into an address",
    pattern: /\b(?:curl|wget|ping|nslookup|dig|host)\b[^\n]{0,200}?(?:\$\(|`)[^\n]{1,200}?(?:\)|`)\.?[\w.-]{0,80}/gi,
  },
  {
    signs: ["|", ">"],
    what: "pipes data into a network connection",
    pattern: /\|\s{0,4}(?:nc|ncat|netcat|socat|telnet)\s[^\n]{3,120}|>\s{0,4}\/dev\/(?:tcp|udp)\/[^\s]{3,80}/gi,
  },
  {
    signs: ["-", "("],
    what: "uploads with a script",
    pattern:
      /\bInvoke-(?:WebRequest|RestMethod)\b[^\n]{0,200}?-(?:Body|InFile)\b|\brequests\.(?:post|put)\s{0,4}\([^\n]{0,200}?open\s{0,4}\(/gi,
  },
];

/** Commands that send local data elsewhere. Less sure in prose, where such commands are also explained. */
export const shellUploads = (form: TextForm, provenance: Provenance): Detection[] => {
  const found: Detection[] = [];
  if (form.view === "skeleton") return found;
  for (const { signs, pattern, what } of UPLOADS) {
    if (!signs.some((sign) => form.text.includes(sign))) continue;
    for (const match of form.text.matchAll(pattern)) {
      if (found.length >= 16) return found;
      const isArgument = provenance === "tool-arguments";
      found.push({
        category: "exfiltration",
        type: "shell-upload",
        confidence: isArgument ? 0.75 : 0.4,
        severity: isArgument ? "high" : "low",
        ...form.origin(match.index, match.index + match[0].length),
        reason: `A command ${what}`,
        view: form.view,
      });
    }
  }
  return found;
};
