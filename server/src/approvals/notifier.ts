import type { ApprovalNotice, TenantApproval } from "@parapet/model";
import type { Clock, HttpClient, Logger, Metrics } from "#platform";
import { signLink } from "./links.ts";
import { mayDecide } from "./may-decide.ts";
import { messageOf, signedHeaders } from "./messages.ts";

const WAITS_MS = [1_000, 5_000, 30_000];
const ANSWER_BYTES_MAX = 64 * 1024;
/** More at once are not told one by one: the queue in the console has them all. */
const IN_FLIGHT_MAX = 50;

/** A place to tell, with its secrets read. */
export interface NoticePlace {
  readonly notice: ApprovalNotice;
  readonly url: string;
  readonly secret: string | undefined;
  readonly http: HttpClient;
}

export interface NotifierOptions {
  readonly places: readonly NoticePlace[];
  /** Key of signed links. */
  readonly key: Buffer;
  readonly addressOf: (approval: TenantApproval) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Tells people that something waits. What cannot be delivered is tried again, then logged and counted: the queue stays. */
export const createNotifier = ({ places, key, addressOf, clock, logger, metrics }: NotifierOptions) => {
  const sent = metrics.counter("parapet_approval_notices_total", "Messages that something waits, by place and outcome");
  const stopping = new AbortController();
  const flying = new Set<Promise<void>>();

  /** Where the link decides as a person, it stands in the part that browsers do not send. */
  const linkFor = (approval: TenantApproval, { approver }: ApprovalNotice): string => {
    const address = addressOf(approval);
    if (approver === undefined) return address;
    const { id, tenant, expiresAt } = approval;
    return `${address}#link=${signLink(key, { approval: id, tenant, approver, expiresMs: Date.parse(expiresAt) })}`;
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      stopping.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });

  const post = async (approval: TenantApproval, { notice, url, secret, http }: NoticePlace): Promise<string> => {
    const { contentType, body } = messageOf(notice.kind, approval, linkFor(approval, notice));
    const signature = secret === undefined ? {} : signedHeaders(secret, approval.id, clock.now(), body);
    const answer = await http.request({
      url,
      method: "POST",
      headers: { "content-type": contentType, ...signature },
      body,
      responseBytesMax: ANSWER_BYTES_MAX,
      signal: stopping.signal,
    });
    if (!answer.ok) return answer.detail;
    return answer.status >= 200 && answer.status < 300 ? "" : `it answered ${answer.status}`;
  };

  const deliver = async (approval: TenantApproval, place: NoticePlace): Promise<void> => {
    const labels = { place: place.notice.id };
    let problem = "";
    for (let tries = 0; tries <= WAITS_MS.length && !stopping.signal.aborted; tries += 1) {
      problem = await post(approval, place);
      if (problem === "") {
        sent.add({ ...labels, outcome: "delivered" });
        return;
      }
      const waitMs = WAITS_MS[tries];
      if (waitMs !== undefined) await pause(waitMs);
    }
    sent.add({ ...labels, outcome: "failed" });
    logger.warn({ place: place.notice.id, approval: approval.id, problem }, "nobody could be told of an approval");
  };

  return {
    /** Does not wait for anybody. */
    tell: (approval: TenantApproval): void => {
      for (const place of places) {
        const { approver } = place.notice;
        // Whoever may not decide is not asked to.
        if (approver !== undefined && !mayDecide(approval, { name: approver, role: "approver", isKnown: true }).ok)
          continue;
        if (flying.size >= IN_FLIGHT_MAX) {
          sent.add({ place: place.notice.id, outcome: "left-out" });
          continue;
        }
        const flight = deliver(approval, place).catch((error: unknown) =>
          logger.error({ error, place: place.notice.id }, "telling of an approval failed"),
        );
        flying.add(flight);
        void flight.finally(() => flying.delete(flight));
      }
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(flying);
      await Promise.all(places.map(({ http }) => http.close()));
    },
  };
};
