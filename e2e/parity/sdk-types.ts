/** One name for each type that the parity test reads from the official SDKs' declarations. */
import type Anthropic from "@anthropic-ai/sdk";
import type {
  ChatRequest,
  ChatResponse,
  EmbeddingsRequest,
  EmbedRequest,
  GenerateRequest,
  GenerateResponse,
  ShowRequest,
} from "ollama";
import type {
  CachedContent,
  Content,
  GenerateContentResponse,
  GenerationConfig,
  SafetySetting,
  Tool,
  ToolConfig,
} from "@google/genai";
import type { ConverseRequest, ConverseResponse, ConverseStreamOutput, Message } from "@aws-sdk/client-bedrock-runtime";
import type OpenAI from "openai";

/** Its SDK's methods take other shapes than go over the wire; the parts of these do. */
interface GeminiRequest {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: GenerationConfig;
  cachedContent?: string;
  model?: string;
  labels?: Record<string, string>;
}
interface GeminiCount {
  contents?: Content[];
  generateContentRequest?: GeminiRequest;
}
interface GeminiEmbed {
  model?: string;
  content: Content;
  taskType?: string;
  title?: string;
}
/** As it goes over the wire: without what the SDK adds to it. */
type GeminiAnswer = Pick<
  GenerateContentResponse,
  "candidates" | "promptFeedback" | "modelVersion" | "responseId" | "createTime" | "usageMetadata" | "modelStatus"
>;

/** Its SDK lets everything be undefined; what goes over the wire is not. */
type Sent<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? Sent<Item>[]
    : T extends object
      ? { [Key in keyof T]: Sent<Exclude<T[Key], undefined>> }
      : T;

/** A file of a form: its bytes are no text, its name is. */
interface Upload {
  filename: string;
}
type Form<T, Files extends string> = Omit<T, Files> & { [Name in Files]: Upload };

/** The Open Inference Protocol has no SDK in this language: from its specification, `open_inference_rest.yaml`. */
interface Tensor {
  name: string;
  shape: number[];
  datatype: "BYTES";
  data: string[];
  parameters?: Record<string, string>;
}
interface InferenceRequest {
  inputs: Tensor[];
  id?: string;
  parameters?: Record<string, string>;
  outputs?: { name: string; parameters?: Record<string, string> }[];
}
interface InferenceAnswer {
  model_name: string;
  outputs: Tensor[];
  model_version?: string;
  id?: string;
  parameters?: Record<string, string>;
}

/** A2A as it goes over the wire, which its SDK's own types do not show: from its specification, `a2a.proto`. */
interface AgentPart {
  text?: string;
  url?: string;
  raw?: string;
  data?: Record<string, string>;
  metadata?: Record<string, string>;
  filename?: string;
  mediaType?: string;
}
interface AgentMessage {
  messageId: string;
  contextId?: string;
  taskId?: string;
  role: "ROLE_USER" | "ROLE_AGENT";
  parts: AgentPart[];
  metadata?: Record<string, string>;
  extensions?: string[];
  referenceTaskIds?: string[];
}
interface PushConfig {
  id?: string;
  taskId?: string;
  url: string;
  token?: string;
  authentication?: { scheme: string; credentials?: string };
}
interface AgentSend {
  message: AgentMessage;
  configuration?: { acceptedOutputModes?: string[]; taskPushNotificationConfig?: PushConfig };
  metadata?: Record<string, string>;
}
interface AgentStatus {
  state: "TASK_STATE_WORKING";
  message?: AgentMessage;
  timestamp?: string;
}
interface AgentArtifact {
  artifactId: string;
  name?: string;
  description?: string;
  parts: AgentPart[];
  metadata?: Record<string, string>;
  extensions?: string[];
}
interface AgentTask {
  id: string;
  contextId: string;
  status: AgentStatus;
  artifacts?: AgentArtifact[];
  history?: AgentMessage[];
  metadata?: Record<string, string>;
}
interface OfTask {
  taskId: string;
  contextId: string;
  metadata?: Record<string, string>;
}
type AgentAnswer = { message: AgentMessage } | { task: AgentTask };
type AgentEvent =
  | AgentAnswer
  | { statusUpdate: OfTask & { status: AgentStatus } }
  | { artifactUpdate: OfTask & { artifact: AgentArtifact } };

export interface SdkTypes {
  agentCall: { jsonrpc: "2.0"; id: 1; method: "SendMessage"; params: AgentSend };
  agentReply: { jsonrpc: "2.0"; id: 1; result: AgentAnswer };
  agentNews: { jsonrpc: "2.0"; id: 1; result: AgentEvent };
  agentSend: AgentSend;
  agentAnswer: AgentAnswer;
  agentEvent: AgentEvent;
  agentPush: PushConfig;
  inferenceRequest: InferenceRequest;
  inferenceAnswer: InferenceAnswer;
  imageGenerate: OpenAI.ImageGenerateParamsNonStreaming;
  imageAnswer: OpenAI.ImagesResponse;
  imageEvent: OpenAI.ImageGenStreamEvent | OpenAI.ImageEditStreamEvent;
  imageEdit: Form<OpenAI.ImageEditParamsNonStreaming, "image" | "mask" | "markup">;
  imageVariation: Form<OpenAI.ImageCreateVariationParams, "image">;
  transcription: Form<OpenAI.Audio.TranscriptionCreateParamsNonStreaming, "file">;
  transcriptionAnswer:
    | OpenAI.Audio.Transcription
    | OpenAI.Audio.TranscriptionDiarized
    | OpenAI.Audio.TranscriptionVerbose;
  transcriptionEvent: OpenAI.Audio.TranscriptionStreamEvent;
  translation: Form<OpenAI.Audio.TranslationCreateParams, "file">;
  translationAnswer: OpenAI.Audio.TranslationVerbose;
  speech: OpenAI.Audio.SpeechCreateParams;
  fileUpload: Form<OpenAI.FileCreateParams, "file">;
  fileAnswer: OpenAI.FileObject;
  uploadBegin: OpenAI.UploadCreateParams;
  uploadAnswer: OpenAI.Upload;
  uploadPart: Form<OpenAI.Uploads.PartCreateParams, "data"> & { data: Upload };
  uploadPartAnswer: OpenAI.Uploads.UploadPart;
  uploadComplete: OpenAI.UploadCompleteParams;
  batchCreate: OpenAI.BatchCreateParams;
  batchAnswer: OpenAI.Batch;
  chatRequest: OpenAI.ChatCompletionCreateParamsNonStreaming;
  chatAnswer: OpenAI.ChatCompletion;
  chatEvent: OpenAI.ChatCompletionChunk;
  responsesRequest: OpenAI.Responses.ResponseCreateParamsNonStreaming;
  responsesAnswer: OpenAI.Responses.Response;
  responsesEvent: OpenAI.Responses.ResponseStreamEvent;
  conversationRequest: OpenAI.Conversations.ConversationCreateParams;
  conversationItems: OpenAI.Conversations.ItemCreateParams;
  completionRequest: OpenAI.CompletionCreateParamsNonStreaming;
  completionAnswer: OpenAI.Completion;
  embeddingRequest: OpenAI.EmbeddingCreateParams;
  moderationRequest: OpenAI.ModerationCreateParams;
  moderationAnswer: OpenAI.ModerationCreateResponse;
  messagesRequest: Anthropic.MessageCreateParamsNonStreaming;
  messagesAnswer: Anthropic.Message;
  messagesEvent: Anthropic.RawMessageStreamEvent;
  messagesCount: Anthropic.MessageCountTokensParams;
  messagesBatch: Anthropic.Messages.BatchCreateParams;
  ollamaChat: ChatRequest;
  ollamaChatAnswer: ChatResponse;
  ollamaGenerate: GenerateRequest;
  ollamaGenerateAnswer: GenerateResponse;
  ollamaEmbed: EmbedRequest;
  ollamaEmbeddings: EmbeddingsRequest;
  ollamaShow: ShowRequest;
  /** The path names the model. */
  bedrockConverse: Sent<Omit<ConverseRequest, "modelId" | "messages">> & { messages: Sent<Message>[] };
  bedrockAnswer: Sent<ConverseResponse>;
  bedrockEvent: Sent<ConverseStreamOutput>;
  geminiGenerate: GeminiRequest;
  geminiAnswer: GeminiAnswer;
  geminiCount: GeminiCount;
  geminiEmbed: GeminiEmbed;
  geminiEmbedBatch: { requests: GeminiEmbed[] };
  geminiKeep: GeminiRequest & Pick<CachedContent, "name" | "displayName" | "expireTime"> & { ttl?: string };
}
