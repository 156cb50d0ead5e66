import { Button } from "@mantine/core";
import type { KeyCreated } from "@parapet/model/api";
import type { ReactNode } from "react";
import { CopyBlock } from "../../components/copy.tsx";
import classes from "./page.module.css";

/** The only time the secret can be read. */
export const SecretOnce = ({
  created,
  onClose,
}: {
  readonly created: KeyCreated;
  readonly onClose: () => void;
}): ReactNode => (
  <section className={classes.secret} aria-label="The new secret" role="status">
    <h2>Secret of “{created.key.name}”</h2>
    <p>Copy it now: it is not stored and cannot be shown again.</p>
    <CopyBlock label="secret" text={created.secret} />
    <div>
      <Button size="xs" variant="default" onClick={onClose}>
        I have it
      </Button>
    </div>
  </section>
);
