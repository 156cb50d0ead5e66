import { Framework, type Diagnostic } from "@parapet/model";
import { parseDocument } from "yaml";
import { z } from "zod";

/** Files of `frameworks/`. A broken one is said and left out; the others stay. */
export const loadFrameworks = (
  files: readonly { readonly path: string; readonly text: string }[],
): { readonly frameworks: readonly Framework[]; readonly diagnostics: readonly Diagnostic[] } => {
  const frameworks: Framework[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { path, text } of files) {
    const document = parseDocument(text);
    const read = Framework.safeParse(document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 50 }));
    if (read.success) frameworks.push(read.data);
    else {
      const [broken] = document.errors;
      diagnostics.push({
        level: "error",
        file: path,
        line: broken?.linePos?.[0].line ?? 1,
        message: broken?.message.split("\n")[0] ?? z.prettifyError(read.error).split("\n")[0] ?? "not a framework",
        fix: "Compare it with frameworks/owasp.yml",
      });
    }
  }
  return { frameworks, diagnostics };
};
