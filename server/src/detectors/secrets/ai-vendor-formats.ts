import { token, type TokenFormat } from "./token-format.ts";

/** Keys of model providers, hosts and the tools around them, as their owners document them. */
export const AI_VENDOR_FORMATS: readonly TokenFormat[] = [
  token("openai-api-key", "OpenAI API key", "sk-", /sk-(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,200}/, {
    severity: "critical",
    entropyMin: 3.5,
  }),
  token("openai-api-key", "OpenAI API key", "sk-", /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/, {
    severity: "critical",
  }),
  token("anthropic-api-key", "Anthropic API key", "sk-ant-", /sk-ant-api\d\d-[A-Za-z0-9_-]{93}AA/, {
    severity: "critical",
  }),
  token("anthropic-admin-api-key", "Anthropic admin key", "sk-ant-", /sk-ant-admin\d\d-[A-Za-z0-9_-]{93}AA/, {
    severity: "critical",
  }),
  token("anthropic-oauth-token", "Anthropic OAuth token", "sk-ant-", /sk-ant-(?:oat|ort)\d\d-[A-Za-z0-9_-]{80,120}/, {
    severity: "critical",
  }),
  token("openrouter-api-key", "OpenRouter API key", "sk-or-", /sk-or-v1-[0-9a-f]{64}/, { severity: "critical" }),
  token("langfuse-secret-key", "Langfuse secret key", "sk-lf-", /sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/),
  token("langfuse-public-key", "Langfuse public key", "pk-lf-", /pk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/, {
    severity: "low",
  }),
  token("helicone-api-key", "Helicone API key", "sk-helicone-", /sk-helicone-(?:eu-)?[a-z0-9]{7}(?:-[a-z0-9]{7}){3}/),
  token("deepseek-api-key", "DeepSeek-style secret key", "sk-", /sk-[0-9a-f]{32}/, {
    severity: "critical",
    confidence: 0.9,
  }),
  token("secret-key", "Secret key with the prefix of model providers", "sk-", /sk-[A-Za-z0-9]{40,64}/, {
    severity: "critical",
    entropyMin: 3.8,
    confidence: 0.9,
  }),
  token("gcp-api-key", "Google API key", "aiza", /AIza[A-Za-z0-9_-]{35}/, { severity: "high", entropyMin: 3.5 }),
  token("huggingface-access-token", "Hugging Face access token", "hf_", /hf_[A-Za-z]{34}/, {
    severity: "critical",
    entropyMin: 3.4,
  }),
  token("huggingface-organization-api-token", "Hugging Face organisation token", "api_org_", /api_org_[A-Za-z]{34}/, {
    severity: "critical",
    entropyMin: 3.4,
  }),
  token("groq-api-key", "Groq API key", "gsk_", /gsk_[A-Za-z0-9]{52}/, { severity: "critical" }),
  token("xai-api-key", "xAI API key", "xai-", /xai-[A-Za-z0-9_]{80}/, { severity: "critical" }),
  token("perplexity-api-key", "Perplexity API key", "pplx-", /pplx-[A-Za-z0-9]{48}/, {
    severity: "critical",
    entropyMin: 4,
  }),
  token("replicate-api-token", "Replicate API token", "r8_", /r8_[A-Za-z0-9]{37}/, { severity: "critical" }),
  token("fireworks-api-key", "Fireworks API key", "fw_", /fw_[A-Za-z0-9]{22,24}/, {
    severity: "critical",
    entropyMin: 3.4,
  }),
  token("together-api-key", "Together API key", "tgp_v1_", /tgp_v1_[A-Za-z0-9_-]{43}/, { severity: "critical" }),
  token("cerebras-api-key", "Cerebras API key", "csk-", /csk-[a-z0-9]{48}/, { severity: "critical" }),
  token("nvidia-api-key", "NVIDIA API key", "nvapi-", /nvapi-[A-Za-z0-9_-]{60,70}/, { severity: "critical" }),
  token("voyage-api-key", "Voyage AI API key", "pa-", /pa-[A-Za-z0-9_-]{43}/, { entropyMin: 4, confidence: 0.85 }),
  token("jina-api-key", "Jina API key", "jina_", /jina_[0-9a-f]{32}[A-Za-z0-9_-]{28}/),
  token("langsmith-api-key", "LangSmith API key", "lsv2_", /lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}/),
  token("pinecone-api-key", "Pinecone API key", "pcsk_", /pcsk_[A-Za-z0-9]{4,10}_[A-Za-z0-9]{50,70}/),
  token("wandb-api-key", "Weights & Biases API key", "wandb_v1_", /wandb_v1_[A-Za-z0-9_-]{60,90}/),
  token("elevenlabs-api-key", "ElevenLabs API key", "sk_", /sk_[0-9a-f]{48}/),
  token("databricks-api-token", "Databricks API token", "dapi", /dapi[0-9a-f]{32}(?:-\d)?/, { severity: "critical" }),
  token("aws-amazon-bedrock-api-key-long-lived", "Amazon Bedrock API key", "absk", /ABSK[A-Za-z0-9+/]{106,269}={0,2}/, {
    severity: "critical",
  }),
  token(
    "aws-amazon-bedrock-api-key-short-lived",
    "Amazon Bedrock short-lived API key",
    "bedrock-api-key-",
    /bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=_-]{0,2000}/,
    { severity: "critical" },
  ),
  token("tavily-api-key", "Tavily API key", "tvly-", /tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}/),
  token("firecrawl-api-key", "Firecrawl API key", "fc-", /fc-[0-9a-f]{32}/),
  token("e2b-api-key", "E2B API key", "e2b_", /e2b_[0-9a-f]{40}/),
  token("modal-api-token", "Modal token", ["ak-", "as-"], /a[ks]-[A-Za-z0-9]{22}/, {
    entropyMin: 3.6,
    confidence: 0.8,
  }),
  token("runpod-api-key", "RunPod API key", "rpa_", /rpa_[A-Z0-9]{40,50}/),
  token("lakera-api-key", "Lakera API key", "lakera_", /lakera_[A-Za-z0-9]{40,64}/),
  token("portkey-api-key", "Portkey virtual key", "pk-", /pk-[A-Za-z0-9]{4}-[A-Za-z0-9]{20,60}/, {
    confidence: 0.8,
    entropyMin: 3.4,
  }),
  token("context7-api-key", "Context7 API key", "ctx7sk-", /ctx7sk-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/),
];
