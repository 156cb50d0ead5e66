import type { Ledger } from "#ledger";
import type { Logger } from "#platform";

/** Signs a checkpoint at most every `everyMs` while the log grows, and once at the end. */
export const createCheckpointing = (ledger: Ledger, everyMs: number, logger: Logger) => {
  let timer: NodeJS.Timeout | undefined;
  let busy: Promise<void> = Promise.resolve();

  const sign = async (): Promise<void> => {
    try {
      await ledger.sign();
    } catch (error) {
      logger.error({ error }, "the checkpoint could not be signed");
    }
  };
  const next = (): Promise<void> => {
    busy = busy.then(sign);
    return busy;
  };
  return {
    start: (): void => {
      timer = setInterval(() => void next(), everyMs);
      timer.unref();
    },
    sign: next,
    stop: async (): Promise<void> => {
      clearInterval(timer);
      await next();
    },
  };
};
