import { comparePositions, type Position } from "./spool-position.ts";

interface Waiter {
  readonly after: Position;
  readonly wake: () => void;
}

/** Those who wait for a record after the place where they stand. */
export class SpoolWaiters {
  readonly #waiters = new Set<Waiter>();

  /** Resolves when {@link wake} comes past `after`, or on `signal`. */
  wait(after: Position, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const waiter = { after, wake };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", wake);
    });
  }

  wake(head: Position): void {
    for (const { after, wake } of this.#waiters) if (comparePositions(head, after) > 0) wake();
  }

  wakeAll(): void {
    for (const { wake } of this.#waiters) wake();
  }
}
