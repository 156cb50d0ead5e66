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
import type OpenAI from "openai";

export interface SdkTypes {
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
}
