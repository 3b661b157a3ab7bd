/** Who reads the prompts: a language model, the scripted model behind Claude Code, or the scripted agent. */
export type Audience = "model" | "scripted-agent" | "scripted-model";

/** What the two processes of the demo say to the agent. */
export interface Prompts {
  readonly first: string;
  readonly recall: string;
}

/** The file that the demo's own prompt has written, relative to the session's working directory. */
export const demoFile = "hello.txt";

/** What has to stand in it. */
export const demoFileText = "Hello from a sandbox.";

const ownPrompts: Readonly<Record<Audience, string>> = {
  model: `Create the file ${demoFile} in the current directory. Its content is exactly this one line:\n${demoFileText}\nThen say in one sentence what you did.`,
  "scripted-model": `say I will write the file.\nwrite file=${demoFile} text=${demoFileText}`,
  "scripted-agent": `/tool title=Writing\n/write path=${demoFile} text=${demoFileText}`,
};

const codeWordLines: Readonly<Record<Audience, (word: string) => string>> = {
  model: (word) => `The code word of this conversation is ${word}.`,
  "scripted-model": (word) => `say The code word of this conversation is ${word}.`,
  "scripted-agent": (word) => `/say The code word of this conversation is ${word}.`,
};

const recallPrompts: Readonly<Record<Audience, string>> = {
  model: "Without using any tool: what was my first message in this conversation, and which code word did it give?",
  "scripted-model": "recall",
  "scripted-agent": "/recall",
};

/**
 * The prompts in the language of `audience`.
 * @param codeWord stands in the first prompt alone, so that only an agent which remembers that prompt can say it later
 */
export function promptsFor(audience: Audience, codeWord: string, own: string | undefined): Prompts {
  return { first: `${codeWordLines[audience](codeWord)}\n${own ?? ownPrompts[audience]}`, recall: recallPrompts[audience] };
}
