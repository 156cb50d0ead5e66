import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, type ReactNode, type RefObject } from "react";
import { useKeys } from "./shell/keys.ts";
import classes from "./data-table.module.css";

export interface Column<T> {
  readonly key: string;
  readonly header: string;
  /** A CSS grid track: `minmax(120px, 2fr)`. */
  readonly track: string;
  readonly numbers?: boolean;
  /** How narrow the table may be with this column still in it: 1 always, 2 from 640 px, 3 (the default) from 900 px. */
  readonly tier?: 1 | 2 | 3;
  readonly render: (row: T) => ReactNode;
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onOpen: (id: string) => void;
  /** Called again whenever it is another function and the end is near: it guards itself against asking twice. */
  readonly onEnd: () => void;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onScrollTop?: (top: number) => void;
  readonly footer?: ReactNode;
}

const ROW_PX = 32;

/** Dense, virtualised, keyboard first: `j` `k` select, Enter opens, the end asks for more. */
export const DataTable = <T,>(props: Props<T>): ReactNode => {
  const { columns, rows, idOf, selected, onSelect, onOpen, onEnd, scroller } = props;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const at = rows.findIndex((row) => idOf(row) === selected);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows.length === 0 || last < rows.length - 20) return;
    onEnd();
  }, [last, rows.length, onEnd]);

  const move = (step: 1 | -1): void => {
    const next = at === -1 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
    const row = rows[next];
    if (row === undefined) return;
    virtual.scrollToIndex(next);
    onSelect(idOf(row));
  };
  const open = (event: KeyboardEvent): void => {
    // A focused link or button keeps its own Enter.
    if (event.target instanceof HTMLElement && event.target.closest("a,button,summary") !== null) {
      event.target.click();
      return;
    }
    if (selected !== undefined) onOpen(selected);
  };
  useKeys({ j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: open });

  const tracksOf = (tier: number): string =>
    columns
      .filter((column) => (column.tier ?? 3) <= tier)
      .map((column) => column.track)
      .join(" ");
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      tabIndex={0}
      role="table"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      style={{ "--tracks-1": tracksOf(1), "--tracks-2": tracksOf(2), "--tracks-3": tracksOf(3) }}
      onScroll={(event) => props.onScrollTop?.(event.currentTarget.scrollTop)}
    >
      <div role="rowgroup" className={classes.head}>
        <div role="row" aria-rowindex={1} className={classes.row}>
          {columns.map((column) => (
            <div
              key={column.key}
              role="columnheader"
              className={classes.cell}
              data-numbers={column.numbers}
              data-tier={column.tier ?? 3}
            >
              {column.header}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const id = idOf(row);
          return (
            <div
              key={id}
              role="row"
              aria-rowindex={item.index + 2}
              aria-current={id === selected ? "true" : undefined}
              className={`${classes.row ?? ""} ${classes.body ?? ""}`}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => onSelect(id)}
              onDoubleClick={() => onOpen(id)}
            >
              {columns.map((column) => (
                <div
                  key={column.key}
                  role="cell"
                  className={classes.cell}
                  data-numbers={column.numbers}
                  data-tier={column.tier ?? 3}
                >
                  {column.render(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {props.footer}
    </div>
  );
};
