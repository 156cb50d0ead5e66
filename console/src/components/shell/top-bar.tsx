import { Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode, type RefObject } from "react";
import { SINCE_DEFAULT } from "../../search/params.ts";
import { Icon } from "../icons.tsx";
import classes from "./shell.module.css";

const RANGES = [
  { value: "15m", label: "15 minutes" },
  { value: "1h", label: "1 hour" },
  { value: "24h", label: "24 hours" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "365d", label: "1 year" },
];

export const useSince = (): string => useSearch({ strict: false, select: ({ since }) => since ?? SINCE_DEFAULT });

export const TopBar = ({
  searchRef,
  onKeys,
}: {
  readonly searchRef: RefObject<HTMLInputElement | null>;
  readonly onKeys: () => void;
}): ReactNode => {
  const navigate = useNavigate();
  const since = useSince();
  const q = useSearch({ strict: false, select: (search) => search.q ?? "" });
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  const ranges = RANGES.some(({ value }) => value === since)
    ? RANGES
    : [...RANGES, { value: since, label: `since ${since}` }];
  const find = (text: string): void =>
    void navigate({
      to: "/exchanges",
      search: (before) => ({ ...before, q: text.trim() || undefined, selected: undefined }),
    });
  return (
    <header className={classes.top}>
      <form
        role="search"
        className={classes.search}
        onSubmit={(event) => {
          event.preventDefault();
          find(typed);
        }}
      >
        <TextInput
          ref={searchRef}
          size="xs"
          aria-label="Search exchanges"
          placeholder="Search ids, people, sessions, models, policies"
          leftSection={<Icon name="search" size={14} />}
          rightSection={
            typed === "" ? null : (
              <CloseButton
                size="xs"
                aria-label="Clear the search"
                onClick={() => {
                  setTyped("");
                  if (q !== "") find("");
                }}
              />
            )
          }
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
      </form>
      <NativeSelect
        size="xs"
        aria-label="Time range"
        data={ranges}
        value={since}
        onChange={(event) => {
          const { value } = event.currentTarget;
          void navigate({ to: ".", search: (before) => ({ ...before, since: value }) });
        }}
      />
      <Button size="xs" variant="default" px={8} aria-label="Show the keys" onClick={onKeys}>
        ?
      </Button>
    </header>
  );
};
