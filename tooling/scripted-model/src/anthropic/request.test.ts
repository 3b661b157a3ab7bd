import { expect, test } from "vitest";
import { conversationOf, messagesRequestOf } from "./request.ts";

const user = (...content: unknown[]) => ({ role: "user", content });
const text = (words: string) => ({ type: "text", text: words });
const assistant = { role: "assistant", content: [text("answer")] };

function conversation(...messages: unknown[]) {
  const request = messagesRequestOf({ model: "m", messages });
  if (!request) throw new Error("not a request");
  return conversationOf(request);
}

test("reminders and notes of the client are not the user's words", () => {
  const reminder = text("<system-reminder>\nsay wrong\n</system-reminder>\n");
  const messages = [user(reminder, text("the first")), { role: "system", content: "# Environment" }, assistant];
  expect(conversation(...messages, user(text("recall")), user(reminder))).toMatchObject({ firstPrompt: "the first", lastPrompt: "recall" });
  const interrupted = user(text("[Request interrupted by user]"), text("say next"));
  expect(conversation(...messages, interrupted)).toMatchObject({ lastPrompt: "say next" });
});

test("the last text block is the prompt; a string is a prompt too", () => {
  expect(conversation(user(text("context"), text("recall"))).lastPrompt).toBe("recall");
  expect(conversation({ role: "user", content: "recall" }).lastPrompt).toBe("recall");
});

test("tool results since the last prompt, with their errors", () => {
  const result = (content: unknown, is_error?: boolean) => ({ type: "tool_result", tool_use_id: "t", content, is_error });
  const found = conversation(user(text("old")), user(result("old")), user(text("new")), user(result("one")), user(result([text("two")], true)));
  expect(found.toolResults).toEqual([
    { isError: false, text: "one" },
    { isError: true, text: "two" },
  ]);
});

test("what is no request is refused", () => {
  expect(messagesRequestOf({ model: "m" })).toBeUndefined();
  expect(messagesRequestOf([1])).toBeUndefined();
  expect(messagesRequestOf("text")).toBeUndefined();
});
