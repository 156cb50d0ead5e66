import type { ExchangeDetail } from "@parapet/model/api";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { StateText } from "../badges.tsx";
import { Id } from "../copy.tsx";
import { bytes, count, duration } from "../format.ts";
import { Facts } from "../panel.tsx";
import { AbsoluteTime, Time } from "../time.tsx";
import { Untrusted } from "../untrusted.tsx";

/** Who, where, how long: each value leads to the exchanges that share it. */
export const ExchangeFacts = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const { origin } = exchange;
  const own = exchange.addedMs >= exchange.latencyMs ? "all" : duration(exchange.addedMs);
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Exchange", <Id key="id" id={exchange.id} what="exchange id" />],
    [
      "When",
      <>
        <Time time={exchange.time} />{" "}
        <span className="soft small">
          <AbsoluteTime time={exchange.time} />
        </span>
      </>,
    ],
    [
      "Route",
      <>
        <Link key="route" to="/exchanges" search={{ route: exchange.route }}>
          {exchange.route}
        </Link>{" "}
        <span className="soft small">{origin.endpoint}</span>
      </>,
    ],
    [
      "Model",
      <Link key="model" to="/exchanges" search={{ model: exchange.model }}>
        <Untrusted text={exchange.model} />
      </Link>,
    ],
    [
      "Principal",
      <Link key="principal" to="/exchanges" search={{ principal: exchange.principal }}>
        <Untrusted text={exchange.principal} />
      </Link>,
    ],
    [
      "Session",
      exchange.session === "" ? (
        "none"
      ) : (
        <Link key="session" to="/session" search={{ name: exchange.session }}>
          <Untrusted text={exchange.session} />
        </Link>
      ),
    ],
    [
      "Ended",
      <>
        <StateText state={exchange.state} />{" "}
        <span className="soft small">
          {exchange.status === 0 ? "no status sent" : `HTTP ${exchange.status}`}
          {exchange.finishReason === undefined ? "" : `, ${exchange.finishReason}`}
        </span>
      </>,
    ],
    ["Took", `${duration(exchange.latencyMs)}, ${own} of it Parapet`],
  ];
  return <Facts facts={facts} />;
};

/** What is seldom asked about the call itself. */
export const CallFacts = ({ exchange }: { readonly exchange: ExchangeDetail }): ReactNode => {
  const { origin, usage } = exchange;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      "Caller",
      <>
        <code key="address">{origin.address}</code>
        {origin.agent === undefined ? null : (
          <>
            {" "}
            agent <Untrusted text={origin.agent} />
          </>
        )}
        {origin.onBehalfOf === undefined ? null : (
          <>
            {" "}
            on behalf of <Untrusted text={origin.onBehalfOf.join(", ")} />
          </>
        )}
      </>,
    ],
    ["Session known by", origin.sessionSource],
    [
      "Size",
      `${bytes(exchange.requestBytes)} in, ${bytes(exchange.responseBytes)} out${exchange.streamed ? ", streamed" : ""}`,
    ],
    ["First byte", exchange.firstByteMs === undefined ? "" : duration(exchange.firstByteMs)],
    [
      "Tokens",
      usage === undefined
        ? "not reported"
        : `${count(usage.inputTokens ?? 0)} in, ${count(usage.outputTokens ?? 0)} out`,
    ],
    ["Key", origin.key === undefined ? "none" : <Id key="key" id={origin.key} what="key id" />],
  ];
  return <Facts facts={facts.filter(([, value]) => value !== "")} />;
};
