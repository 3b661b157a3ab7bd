import { expect, test } from "vitest";
import * as client from "../src/client/index.ts";
import * as files from "../src/files/index.ts";
import * as main from "../src/index.ts";

test("the public surface is what was decided", () => {
  expect(Object.keys(main).toSorted()).toEqual([
    "agentExitedMethod",
    "connectionHeader",
    "firstPositionHeader",
    "generationHeader",
    "markerVariable",
    "maxMessageBytes",
    "sessionHeader",
    "supervisorBundlePath",
    "supervisorNodeFlags",
    "supervisorVariables",
    "tokenHeader",
  ]);
  expect(Object.keys(client)).toEqual(["runPreStartCommands", "supervisorTransport"]);
  expect(Object.keys(files)).toEqual(["confinedFiles", "makeDirectoryBelow"]);
});
