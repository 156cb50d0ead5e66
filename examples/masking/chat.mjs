// What a user sees of masking: nothing. Start upstream.mjs and the gateway first (docs/masking.md).
import OpenAI from "openai";

const say = (line) => process.stdout.write(`${line}\n`);

const client = new OpenAI({
  baseURL: process.env.PARAPET_BASE_URL ?? "http://127.0.0.1:4100/v1",
  apiKey: process.env.OPENAI_API_KEY ?? "not-needed-here",
});
const messages = [
  {
    role: "user",
    content: "Call Mara back on +44 20 7946 0018 or write to mara.lind@lindholm.se. Her SSN is 536-22-8714.",
  },
];
const model = "any-model";

const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
say(`plain answer:     ${data.choices[0].message.content}`);
say(`verdict:          ${response.headers.get("x-parapet-verdict")}`);

let streamed = "";
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
  streamed += chunk.choices[0]?.delta.content ?? "";
say(`streamed answer:  ${streamed}`);
