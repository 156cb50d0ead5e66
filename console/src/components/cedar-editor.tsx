import { setDiagnostics, type Diagnostic as EditorDiagnostic } from "@codemirror/lint";
import type { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import type { Diagnostic } from "@parapet/model";
import { minimalSetup } from "codemirror";
import { useEffect, useRef, type ReactNode } from "react";
import { cedarHighlighting } from "./cedar-language.ts";

interface Props {
  readonly label: string;
  /** What it starts with; from then on the text is the editor's own. */
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly diagnostics: readonly Diagnostic[];
}

const look = EditorView.theme({
  "&": {
    border: "1px solid var(--p-line)",
    borderRadius: "4px",
    backgroundColor: "var(--p-quiet)",
    fontSize: "13px",
    color: "var(--p-ink)",
  },
  "&.cm-focused": { outline: "2px solid var(--p-accent)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", maxHeight: "60vh", overflow: "auto" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--p-soft)", border: "none" },
  ".cm-content": { caretColor: "var(--p-ink)" },
  ".cm-cursor": { borderLeftColor: "var(--p-ink)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "var(--p-accent-ground)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--p-ground)",
    color: "var(--p-ink)",
    border: "1px solid var(--p-line-strong)",
  },
});

/** Where a diagnostic's line and column are in this text; the whole line when only that is known. */
const place = (state: EditorState, diagnostic: Diagnostic): EditorDiagnostic => {
  const line = state.doc.line(Math.min(Math.max(diagnostic.line ?? 1, 1), state.doc.lines));
  const from = Math.min(line.from + Math.max((diagnostic.column ?? 1) - 1, 0), line.to);
  return {
    from,
    to: line.to,
    severity: diagnostic.level,
    message: diagnostic.fix === undefined ? diagnostic.message : `${diagnostic.message} ${diagnostic.fix}`,
  };
};

/** An editor for Cedar text, with diagnostics under the words they mean. */
export const CedarEditor = ({ label, text, onChange, diagnostics }: Props): ReactNode => {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const changed = useRef(onChange);
  useEffect(() => {
    changed.current = onChange;
  });
  const start = useRef(text);
  useEffect(() => {
    const parent = holder.current;
    if (parent === null) return undefined;
    const editor = new EditorView({
      parent,
      doc: start.current,
      extensions: [
        minimalSetup,
        lineNumbers(),
        cedarHighlighting,
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed.current(update.state.doc.toString());
        }),
      ],
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        diagnostics.map((diagnostic) => place(editor.state, diagnostic)),
      ),
    );
  }, [diagnostics]);
  return <div ref={holder} />;
};
