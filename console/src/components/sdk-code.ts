export const LANGUAGES = ["JavaScript", "Python", "curl"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The five lines that a newcomer copies. */
export const codeFor = (language: Language, baseUrl: string): string => {
  switch (language) {
    case "JavaScript":
      return [
        'import OpenAI from "openai";',
        `const client = new OpenAI({ baseURL: "${baseUrl}", apiKey: process.env.OPENAI_API_KEY });`,
        'const messages = [{ role: "user", content: "Hello" }];',
        'const answer = await client.chat.completions.create({ model: "gpt-4o-mini", messages });',
        "console.log(answer.choices[0].message.content);",
      ].join("\n");
    case "Python":
      return [
        "from openai import OpenAI",
        `client = OpenAI(base_url="${baseUrl}")`,
        'messages = [{"role": "user", "content": "Hello"}]',
        'answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages)',
        "print(answer.choices[0].message.content)",
      ].join("\n");
    case "curl":
      return [
        `curl ${baseUrl}/chat/completions \\`,
        '  -H "authorization: Bearer $OPENAI_API_KEY" \\',
        '  -H "content-type: application/json" \\',
        `  -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'`,
      ].join("\n");
  }
};
