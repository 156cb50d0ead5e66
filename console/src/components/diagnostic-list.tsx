import type { Diagnostic } from "@parapet/model";
import type { ReactNode } from "react";
import classes from "./diagnostic-list.module.css";
import { Sentence } from "./sentence.tsx";

/** File, line and fix of each problem. */
export const DiagnosticList = ({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): ReactNode =>
  diagnostics.length === 0 ? null : (
    <ul className={classes.diagnostics} aria-label="Problems">
      {diagnostics.map((diagnostic, position) => (
        <li key={position} data-level={diagnostic.level}>
          <strong>{diagnostic.level === "error" ? "✕ error" : "△ warning"}</strong>{" "}
          <code>
            {diagnostic.file}
            {diagnostic.line === undefined ? "" : `:${diagnostic.line}`}
            {diagnostic.column === undefined ? "" : `:${diagnostic.column}`}
          </code>{" "}
          <Sentence text={diagnostic.message} />
          {diagnostic.fix === undefined ? null : (
            <span className="soft">
              {" "}
              <Sentence text={diagnostic.fix} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
