import type { CatalogueEntry } from "@parapet/model/api";
import type { ReactNode } from "react";
import { CopyBlock } from "../../components/copy.tsx";
import { Folded } from "../../components/panel.tsx";
import { Sentence } from "../../components/sentence.tsx";
import { configurationFor, setupParts } from "./setup-text.ts";
import classes from "./page.module.css";

/** What to configure on the sending side. */
export const Setup = ({ entry }: { readonly entry: CatalogueEntry }): ReactNode => (
  <div className={classes.setup}>
    {setupParts(entry.setup).map((part, position) =>
      part.kind === "code" ? (
        <CopyBlock key={position} label={`setting for ${entry.title}`} text={part.text} lines />
      ) : (
        <p key={position}>
          <Sentence text={part.text} />
        </p>
      ),
    )}
    <p className="soft">
      The format is described at <code>{entry.reference}</code>.
    </p>
  </div>
);

/** One source that could be connected: the section of the configuration, and the sending side. */
export const Connect = ({ entry }: { readonly entry: CatalogueEntry }): ReactNode => (
  <Folded title={entry.title} summary={<Sentence text={entry.description} />}>
    <div className={classes.setup}>
      <p>
        In <code>parapet.yaml</code>, with the credential in the environment; then restart:
      </p>
      <CopyBlock label={`configuration for ${entry.title}`} text={configurationFor(entry.id)} lines />
      <Setup entry={entry} />
      <p>Or once, from files:</p>
      <CopyBlock label={`command for ${entry.title}`} text={`npx parapet ingest ${entry.id} FILE…`} />
    </div>
  </Folded>
);
