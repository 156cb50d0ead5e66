import { Fragment, type ReactNode } from "react";
import { codeWords } from "../text/code-words.ts";
import { Untrusted, VisibleText } from "./untrusted.tsx";
import classes from "./untrusted.module.css";

/** A sentence of ours, its code words as code. What it quotes of others stays text, with hidden characters drawn. */
export const Sentence = ({ text }: { readonly text: string }): ReactNode => (
  <span className={classes.inline}>
    {codeWords(text).map((part, position) =>
      part.isCode ? (
        <code key={position}>
          <Untrusted text={part.text} />
        </code>
      ) : (
        <Fragment key={position}>
          <VisibleText text={part.text} />
        </Fragment>
      ),
    )}
  </span>
);
