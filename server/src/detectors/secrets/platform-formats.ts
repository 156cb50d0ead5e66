import { token, type TokenFormat } from "./token-format.ts";

const gitlab = (type: string, title: string, literal: string, pattern: RegExp): TokenFormat =>
  token(type, title, literal, pattern, { severity: "critical" });

// The signature may still be on its way, or left out on purpose; the header alone tells.
const isJwt = (text: string): boolean =>
  Buffer.from(text.slice(0, text.indexOf(".")), "base64url")
    .toString("latin1")
    .includes('"alg"');

/** Source hosts, package registries, clouds and infrastructure. */
export const PLATFORM_FORMATS: readonly TokenFormat[] = [
  token("github-pat", "GitHub personal access token", "ghp_", /ghp_[A-Za-z0-9]{36}/, { severity: "critical" }),
  token("github-oauth", "GitHub OAuth token", "gho_", /gho_[A-Za-z0-9]{36}/, { severity: "critical" }),
  token("github-app-token", "GitHub app token", ["ghu_", "ghs_"], /gh[us]_[A-Za-z0-9]{36}/, { severity: "critical" }),
  token("github-refresh-token", "GitHub refresh token", "ghr_", /ghr_[A-Za-z0-9]{36,76}/, { severity: "critical" }),
  token("github-fine-grained-pat", "GitHub fine-grained token", "github_pat_", /github_pat_\w{82}/, {
    severity: "critical",
  }),
  gitlab(
    "gitlab-pat-routable",
    "GitLab personal access token",
    "glpat-",
    /glpat-[\w-]{27,300}\.[0-9a-z]{2}[0-9a-z]{7}/,
  ),
  gitlab("gitlab-pat", "GitLab personal access token", "glpat-", /glpat-[\w-]{20}/),
  gitlab("gitlab-cicd-job-token", "GitLab job token", "glcbt-", /glcbt-(?:[0-9a-zA-Z]{1,5}_)?[\w-]{20}/),
  gitlab("gitlab-deploy-token", "GitLab deploy token", "gldt-", /gldt-[\w-]{20}/),
  gitlab("gitlab-feature-flag-client-token", "GitLab feature flag client token", "glffct-", /glffct-[\w-]{20}/),
  gitlab("gitlab-feed-token", "GitLab feed token", "glft-", /glft-[\w-]{20}/),
  gitlab("gitlab-incoming-mail-token", "GitLab incoming mail token", "glimt-", /glimt-[\w-]{25}/),
  gitlab("gitlab-kubernetes-agent-token", "GitLab Kubernetes agent token", "glagent-", /glagent-[\w-]{50}/),
  gitlab("gitlab-oauth-app-secret", "GitLab OAuth application secret", "gloas-", /gloas-[\w-]{64}/),
  gitlab("gitlab-ptt", "GitLab pipeline trigger token", "glptt-", /glptt-[0-9a-f]{40}/),
  gitlab("gitlab-rrt", "GitLab runner registration token", "gr1348941", /GR1348941[\w-]{20}/),
  gitlab(
    "gitlab-runner-authentication-token-routable",
    "GitLab runner token",
    "glrt-",
    /glrt-t\d_[\w-]{27,300}\.[0-9a-z]{2}[0-9a-z]{7}/,
  ),
  gitlab("gitlab-runner-authentication-token", "GitLab runner token", "glrt-", /glrt-(?:t\d_)?[\w-]{20}/),
  gitlab("gitlab-scim-token", "GitLab SCIM token", "glsoat-", /glsoat-[\w-]{20}/),
  token("gitlab-session-cookie", "GitLab session cookie", "_gitlab_session=", /_gitlab_session=[0-9a-z]{32}/),
  token("npm-access-token", "npm access token", "npm_", /npm_[A-Za-z0-9]{36}/, { severity: "critical" }),
  token("pypi-upload-token", "PyPI upload token", "pypi-", /pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}/, {
    severity: "critical",
  }),
  token("pypi-upload-token", "TestPyPI upload token", "pypi-", /pypi-AgENdGVzdC5weXBpLm9yZw[\w-]{50,1000}/),
  token("rubygems-api-token", "RubyGems API token", "rubygems_", /rubygems_[a-f0-9]{48}/, { severity: "critical" }),
  token("clojars-api-token", "Clojars API token", "clojars_", /CLOJARS_[a-z0-9]{60}/i),
  token("crates-api-token", "crates.io API token", "cio", /cio[A-Za-z0-9]{32}/, { entropyMin: 3.8, confidence: 0.85 }),
  token("nuget-api-key", "NuGet API key", "oy2", /oy2[a-z0-9]{43}/, { entropyMin: 3.6 }),
  token("docker-access-token", "Docker access token", ["dckr_pat_", "dckr_oat_"], /dckr_[po]at_[A-Za-z0-9_-]{27,32}/),
  token(
    "aws-access-token",
    "AWS access key id",
    ["akia", "asia", "abia", "acca", "a3t"],
    /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/,
    { severity: "critical" },
  ),
  token(
    "azure-ad-client-secret",
    "Microsoft Entra client secret",
    "q~",
    /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~.-])/,
    { severity: "critical", back: 4, entropyMin: 3.5 },
  ),
  token("azure-storage-key", "Azure storage account key", "accountkey=", /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/i, {
    severity: "critical",
  }),
  token(
    "azure-shared-access-key",
    "Azure shared access key",
    "sharedaccesskey=",
    /SharedAccessKey=(?<secret>[A-Za-z0-9+/]{43}=)/i,
    { severity: "critical" },
  ),
  token(
    "azure-sas-token",
    "Azure shared access signature",
    "sig=",
    /sig=(?<secret>[A-Za-z0-9+/]{10,}(?:%[0-9A-Fa-f]{2}[A-Za-z0-9+/]*)*(?:%3[dD]|=))/,
    { entropyMin: 3.8, confidence: 0.85, accepts: (text) => text.replace(/%[0-9a-f]{2}/gi, "=").length >= 43 },
  ),
  token("digitalocean-pat", "DigitalOcean access token", "dop_v1_", /dop_v1_[a-f0-9]{64}/, { severity: "critical" }),
  token("digitalocean-access-token", "DigitalOcean OAuth token", "doo_v1_", /doo_v1_[a-f0-9]{64}/, {
    severity: "critical",
  }),
  token("digitalocean-refresh-token", "DigitalOcean refresh token", "dor_v1_", /dor_v1_[a-f0-9]{64}/, {
    severity: "critical",
  }),
  token("alibaba-access-key-id", "Alibaba Cloud access key id", "ltai", /LTAI[A-Za-z0-9]{17,21}/),
  token("tencent-secret-id", "Tencent Cloud secret id", "akid", /AKID[A-Za-z0-9]{32}/),
  token("cloudflare-origin-ca-key", "Cloudflare origin CA key", "v1.0-", /v1\.0-[a-f0-9]{24}-[a-f0-9]{146}/),
  token("heroku-api-key-v2", "Heroku API key", "hrku-", /HRKU-AA[0-9A-Za-z_-]{58}/),
  token(
    "flyio-access-token",
    "Fly.io access token",
    ["fo1_", "fm1a_", "fm1r_", "fm2_"],
    /fo1_[\w-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,}={0,3}|fm2_[A-Za-z0-9+/]{100,}={0,3}/,
    { entropyMin: 4 },
  ),
  token("vercel-token", "Vercel token", ["vcp_", "vci_", "vca_", "vcr_", "vck_"], /vc[piark]_[A-Za-z0-9]{56}/),
  token("netlify-access-token", "Netlify access token", ["nfp_", "nfc_", "nfo_", "nfu_"], /nf[pcou]_[A-Za-z0-9]{36}/),
  token(
    "supabase-access-token",
    "Supabase token",
    ["sbp_", "sb_secret_"],
    /sbp_(?:v0_)?[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{22}_[A-Za-z0-9_-]{8}/,
  ),
  token("planetscale-api-token", "PlanetScale API token", "pscale_tkn_", /pscale_tkn_[\w=.-]{32,64}/),
  token("planetscale-oauth-token", "PlanetScale OAuth token", "pscale_oauth_", /pscale_oauth_[\w=.-]{32,64}/),
  token("planetscale-password", "PlanetScale password", "pscale_pw_", /pscale_pw_[\w=.-]{32,64}/),
  token("neon-api-key", "Neon API key", "napi_", /napi_[a-z0-9]{64}/),
  token("clickhouse-cloud-api-secret-key", "ClickHouse Cloud API secret", "4b1d", /4b1d[A-Za-z0-9]{38}/),
  token("vault-service-token", "Vault service token", "hvs.", /hvs\.[\w-]{90,120}/, {
    severity: "critical",
    entropyMin: 3.5,
  }),
  token("vault-service-token", "Vault service token", "hvs.", /hvs\.[A-Za-z0-9]{24}/, {
    severity: "critical",
    entropyMin: 3.5,
  }),
  token("vault-batch-token", "Vault batch token", "hvb.", /hvb\.[\w-]{90,300}/, {
    severity: "critical",
    entropyMin: 3.5,
  }),
  token("hashicorp-tf-api-token", "Terraform Cloud token", ".atlasv1.", /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}/, {
    severity: "critical",
    back: 14,
    entropyMin: 3.5,
  }),
  token("pulumi-api-token", "Pulumi access token", "pul-", /pul-[a-f0-9]{40}/),
  token(
    "doppler-api-token",
    "Doppler token",
    "dp.",
    /dp\.(?:pt|ct|st(?:\.[a-z0-9_-]{2,35})?|sa|scim|audit)\.[A-Za-z0-9]{40,44}/,
  ),
  token(
    "1password-service-account-token",
    "1Password service account token",
    "ops_eyj",
    /ops_eyJ[A-Za-z0-9+/]{100,2000}={0,3}/,
    { severity: "critical", entropyMin: 4 },
  ),
  token(
    "age-secret-key",
    "age secret key",
    "age-secret-key-1",
    /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/,
    { severity: "critical" },
  ),
  token("openshift-user-token", "OpenShift user token", "sha256~", /sha256~[\w-]{43}/, { entropyMin: 3.5 }),
  token(
    "tailscale-key",
    "Tailscale key",
    "tskey-",
    /tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{6,24}-[A-Za-z0-9]{20,40}/,
  ),
  token("harness-api-key", "Harness API key", ["pat.", "sat."], /[ps]at\.[\w-]{22}\.[0-9a-zA-Z]{24}\.[0-9a-zA-Z]{20}/),
  token("prefect-api-token", "Prefect API token", ["pnu_", "pnb_"], /pn[ub]_[a-z0-9]{36}/i),
  token("scalingo-api-token", "Scalingo API token", "tk-us-", /tk-us-[\w-]{48}/),
  token("infracost-api-token", "Infracost API token", "ico-", /(?<!\.)ico-[A-Za-z0-9]{32}/, { entropyMin: 3.5 }),
  token("defined-networking-api-token", "Defined Networking token", "dnkey-", /dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}/i),
  token(
    "sourcegraph-access-token",
    "Sourcegraph access token",
    "sgp_",
    /sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}/,
  ),
  token("artifactory-api-key", "Artifactory API key", "akcp", /AKCp[A-Za-z0-9]{69}/, { entropyMin: 4 }),
  token("artifactory-reference-token", "Artifactory reference token", "cmvmd", /cmVmd[A-Za-z0-9]{59}/, {
    entropyMin: 4,
  }),
  token("settlemint-application-access-token", "SettleMint application token", "sm_aat_", /sm_aat_[A-Za-z0-9]{16}/),
  token("settlemint-personal-access-token", "SettleMint personal token", "sm_pat_", /sm_pat_[A-Za-z0-9]{16}/),
  token("settlemint-service-access-token", "SettleMint service token", "sm_sat_", /sm_sat_[A-Za-z0-9]{16}/),
  token("octopus-deploy-api-key", "Octopus Deploy API key", "api-", /API-[A-Z0-9]{26}/, {
    entropyMin: 3.2,
    confidence: 0.85,
    accepts: (text) => /\d[^]*[G-Z]|[G-Z][^]*\d/.test(text.slice(4)),
  }),
  token(
    "jwt",
    "JSON Web Token",
    "eyj",
    /(?<![-_])eyJ[A-Za-z0-9_-]{14,2000}\.eyJ[A-Za-z0-9_-]{14,4000}(?:\.[A-Za-z0-9_-]{0,1000})?={0,2}/,
    { accepts: isJwt },
  ),
  token(
    "1password-secret-key",
    "1Password secret key",
    "a3-",
    /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}/,
    { entropyMin: 3.8 },
  ),
];
