import { expect, it } from "vitest";
import * as client from "../src/index.ts";

it("exports what was decided", () => {
  expect(Object.keys(client).toSorted()).toEqual(["Agent", "ApiClient", "ApiError", "ClientError", "PromptError", "Sandbox", "SandboxFiles", "Session", "everyItem", "isApiError", "isPromptError", "toAgentEvent"]);
});
