// The official OpenAI SDK through Parapet's demo route: a plain answer, a stream, and a refusal.
// Run `npm start` in one terminal, then: node examples/openai-node/chat.mjs
import OpenAI from "openai";

const say = (line) => process.stdout.write(`${line}\n`);

const client = new OpenAI({
  baseURL: process.env.PARAPET_BASE_URL ?? "http://127.0.0.1:4100/demo/v1",
  // The demo route asks no provider. On a route with `credential: caller` this is the provider's own key.
  apiKey: process.env.OPENAI_API_KEY ?? "not-needed-for-the-demo",
  // Names the conversation, so that the console shows its exchanges as one session.
  defaultHeaders: {
    "x-parapet-session": "example-openai-node",
    ...(process.env.PARAPET_KEY !== undefined && { "x-parapet-key": process.env.PARAPET_KEY }),
  },
});
const model = process.env.MODEL ?? "parapet-demo";

const { data, response } = await client.chat.completions
  .create({ model, messages: [{ role: "user", content: "When should I plant my tomatoes outside?" }] })
  .withResponse();
say(data.choices[0].message.content);
say(`verdict ${response.headers.get("x-parapet-verdict")}, exchange ${response.headers.get("x-parapet-exchange")}\n`);

const stream = await client.chat.completions.create({
  model,
  stream: true,
  messages: [{ role: "user", content: "How often should I water my roses?" }],
});
for await (const event of stream) process.stdout.write(event.choices[0]?.delta.content ?? "");
say("\n");

// The scripted model plays one that was taken over: its answer carries data away in an image address.
try {
  await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Please summarise my account." }],
  });
  say("The answer was not stopped: this route observes, or its policies differ from the shipped ones.");
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  say(`stopped: ${error.status} ${error.code}: ${error.error?.message ?? error.message}`);
}
