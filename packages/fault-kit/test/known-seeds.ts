/** Runs that found something once. What they found is mended; they stay. */
export const knownSeeds: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 17, found: "a replica acquired what it drove itself, and could not end" },
  { seed: 39, found: "a stopped agent was taken up once more, and its output stored twice" },
  { seed: 44, found: "a superseded owner destroyed the sandbox that its successor used" },
  { seed: 58, found: "a prompt that had ended was driven a second time" },
  { seed: 67, found: "a prompt was given to an agent that had ended unnoticed" },
  { seed: 79, found: "an agent went on with a prompt that had been ended, under the next one's name" },
  { seed: 1196, found: "a command that waited behind a refused hibernation carried it out" },
  { seed: 2145, found: "a prompt ran again unannounced after two owners had died over its lost sandbox" },
  { seed: 192, found: "the owner of a removed session wrote into a new one of the same id" },
];
