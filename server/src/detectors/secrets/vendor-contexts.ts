import type { Severity } from "@parapet/model";

/** A value that is only recognisable beside its vendor's name. */
export interface VendorShape {
  readonly type: string;
  readonly shape: RegExp;
  readonly severity: Severity;
}

export interface VendorContext {
  /** Lower-case spellings of the vendor's name that occur in identifiers. */
  readonly names: readonly string[];
  readonly shapes: readonly VendorShape[];
}

const UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

const vendor = (names: string, ...shapes: readonly (readonly [type: string, shape: string])[]): VendorContext => ({
  names: names.split(" "),
  shapes: shapes.map(([type, shape]) => ({
    type,
    shape: new RegExp(`^(?:${shape})$`),
    // Identifiers and publishable keys are worth knowing of and seldom worth stopping for.
    severity: /client-id|access-id|-id$|-pub-/.test(type) ? "low" : "high",
  })),
});

/** One line a vendor: names, then type and shape, the more specific shape first. */
export const VENDOR_CONTEXTS: readonly VendorContext[] = [
  vendor("adafruit", ["adafruit-api-key", "[a-z0-9_-]{32}"]),
  vendor("adobe", ["adobe-client-secret", "p8e-[a-z0-9]{32}"], ["adobe-client-id", "[a-f0-9]{32}"]),
  vendor(
    "airtable",
    ["airtable-personal-access-token", "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}"],
    ["airtable-api-key", "[a-z0-9]{17}"],
  ),
  vendor("algolia", ["algolia-api-key", "[a-z0-9]{32}"]),
  vendor("alibaba", ["alibaba-secret-key", "[a-z0-9]{30}|[A-Za-z0-9]{30}"]),
  vendor("asana", ["asana-client-id", "[0-9]{16}"], ["asana-client-secret", "[a-z0-9]{32}"]),
  vendor("atlassian confluence jira", ["atlassian-api-token", "[A-Za-z0-9]{20,24}|AT[AC]TT3[\\w=-]{100,250}"]),
  vendor("aws amazon", ["aws-secret-access-key", "[A-Za-z0-9/+]{40}"]),
  vendor("assemblyai", ["assemblyai-api-key", "[a-f0-9]{32}"]),
  vendor("azure openai_api azureopenai", ["azure-openai-api-key", "[a-f0-9]{32}|[A-Za-z0-9]{84}"]),
  vendor("bitbucket", ["bitbucket-client-secret", "[A-Za-z0-9=_-]{64}"], ["bitbucket-client-id", "[a-z0-9]{32}"]),
  vendor("bittrex", ["bittrex-access-key", "[a-z0-9]{32}"]),
  vendor("meraki", ["cisco-meraki-api-key", "[0-9a-f]{40}"]),
  vendor("cloudflare", ["cloudflare-global-api-key", "[a-f0-9]{37}"], ["cloudflare-api-key", "[A-Za-z0-9_-]{40}"]),
  vendor("codecov", ["codecov-access-token", "[a-z0-9]{32}"]),
  vendor("cohere co_api_key", ["cohere-api-token", "[A-Za-z0-9]{40}"]),
  vendor("coinbase", ["coinbase-access-token", "[a-z0-9_-]{64}"]),
  vendor("confluent", ["confluent-secret-key", "[A-Za-z0-9+/]{64}"], ["confluent-access-token", "[A-Za-z0-9]{16}"]),
  vendor("contentful", ["contentful-delivery-api-token", "[A-Za-z0-9=_-]{43}"]),
  vendor("datadog dd_api dd_app", ["datadog-access-token", "[a-z0-9]{40}|[a-f0-9]{32}"]),
  vendor("deepgram", ["deepgram-api-key", "[a-f0-9]{40}"]),
  vendor(
    "discord",
    ["discord-api-token", "[a-f0-9]{64}"],
    ["discord-client-secret", "[A-Za-z0-9=_-]{32}"],
    ["discord-client-id", "[0-9]{18,19}"],
  ),
  vendor("droneci", ["droneci-access-token", "[a-z0-9]{32}"]),
  vendor(
    "dropbox",
    ["dropbox-long-lived-api-token", "[a-z0-9]{11}A{10}[A-Za-z0-9=_-]{43}"],
    ["dropbox-api-token", "[a-z0-9]{15}"],
  ),
  vendor("elevenlabs eleven_api", ["elevenlabs-api-key", "[a-f0-9]{32}"]),
  vendor("etsy", ["etsy-access-token", "[a-z0-9]{24}"]),
  vendor("facebook", ["facebook-secret", "[a-f0-9]{32}"]),
  vendor("fastly", ["fastly-api-token", "[A-Za-z0-9=_-]{32}"]),
  vendor("finicity", ["finicity-api-token", "[a-f0-9]{32}"], ["finicity-client-secret", "[A-Za-z0-9]{20}"]),
  vendor("finnhub", ["finnhub-access-token", "[a-z0-9]{20}"]),
  vendor("flickr", ["flickr-access-token", "[a-z0-9]{32}"]),
  vendor("freshbooks", ["freshbooks-access-token", "[a-z0-9]{64}"]),
  vendor("gitter", ["gitter-access-token", "[a-z0-9_-]{40}"]),
  vendor("heroku", ["heroku-api-key", UUID]),
  vendor("hubspot", ["hubspot-api-key", UUID]),
  vendor("intercom", ["intercom-api-key", "[A-Za-z0-9=_-]{60}"]),
  vendor(
    "jfrog artifactory bintray xray",
    ["jfrog-api-key", "[A-Za-z0-9]{73}"],
    ["jfrog-identity-token", "[a-z0-9]{64}"],
  ),
  vendor("kraken", ["kraken-access-token", "[A-Za-z0-9/=_+-]{80,90}"]),
  vendor("kucoin", ["kucoin-access-token", "[a-f0-9]{24}"], ["kucoin-secret-key", UUID]),
  vendor("launchdarkly", ["launchdarkly-access-token", "[a-z0-9=_-]{40}"]),
  vendor("linear", ["linear-client-secret", "[a-f0-9]{32}"]),
  vendor("linkedin", ["linkedin-client-id", "[a-z0-9]{14}"], ["linkedin-client-secret", "[A-Za-z0-9]{16}"]),
  vendor("looker", ["looker-client-id", "[a-z0-9]{20}"], ["looker-client-secret", "[a-z0-9]{24}"]),
  vendor("mailgun", ["mailgun-signing-key", "[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}"]),
  vendor("mattermost", ["mattermost-access-token", "[a-z0-9]{26}"]),
  vendor(
    "messagebird message-bird message_bird",
    ["messagebird-api-token", "[A-Za-z0-9]{25}"],
    ["messagebird-client-id", UUID],
  ),
  vendor("mistral", ["mistral-api-key", "[A-Za-z0-9]{32}"]),
  vendor("newrelic new-relic new_relic", ["new-relic-user-api-id", "[a-z0-9]{64}"]),
  vendor("nytimes", ["nytimes-access-token", "[A-Za-z0-9=_-]{32}"]),
  vendor("okta", ["okta-access-token", "00[\\w=-]{40}"]),
  vendor("opsgenie", ["opsgenie-api-key", UUID]),
  vendor("pagerduty", ["pagerduty-api-key", "[A-Za-z0-9+_-]{20}"]),
  vendor("pinecone", ["pinecone-api-key", UUID]),
  vendor("plaid", ["plaid-client-id", "[A-Za-z0-9]{24}"], ["plaid-secret-key", "[a-z0-9]{30}"]),
  vendor("privateai", ["privateai-api-token", "[a-z0-9]{32}"]),
  vendor("rapidapi", ["rapidapi-access-token", "[A-Za-z0-9_-]{50}"]),
  vendor("sendbird", ["sendbird-access-token", "[a-f0-9]{40}"], ["sendbird-access-id", UUID]),
  vendor("sentry", ["sentry-access-token", "[a-f0-9]{64}"]),
  vendor("snyk", ["snyk-api-token", UUID]),
  vendor("sonar", ["sonar-api-token", "[A-Za-z0-9=_-]{40}"]),
  vendor("squarespace", ["squarespace-access-token", UUID]),
  vendor("sumologic sumo", ["sumologic-access-token", "[A-Za-z0-9]{64}"], ["sumologic-access-id", "su[A-Za-z0-9]{12}"]),
  vendor("togetherai together_api", ["together-api-key", "[a-f0-9]{64}"]),
  vendor("travis", ["travisci-access-token", "[A-Za-z0-9]{22}"]),
  vendor("trello", ["trello-access-token", "[A-Za-z0-9-]{32}"]),
  vendor("twilio", ["twilio-auth-token", "[a-f0-9]{32}"]),
  vendor("twitch", ["twitch-api-token", "[a-z0-9]{30}"]),
  vendor(
    "twitter",
    ["twitter-api-key", "[A-Za-z0-9]{25}"],
    ["twitter-api-secret", "[A-Za-z0-9]{50}"],
    ["twitter-access-secret", "[A-Za-z0-9]{45}"],
    ["twitter-access-token", "[0-9]{15,25}-[A-Za-z0-9]{20,40}"],
  ),
  vendor("wandb", ["wandb-api-key", "[a-f0-9]{40}"]),
  vendor("yandex", ["yandex-api-key", "AQVN[A-Za-z0-9_-]{35,38}"]),
  vendor("zendesk", ["zendesk-secret-key", "[A-Za-z0-9]{40}"]),
];
