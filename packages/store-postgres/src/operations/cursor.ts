import { AgentSdkError } from "@agent-sdk/core";

/** Microseconds since 1970: the database's whole precision, which a Date does not have. */
export interface Place {
  readonly group: string;
  readonly microseconds: string;
  readonly id: string;
}

export function cursorOf(place: Place): string {
  return Buffer.from(`${place.group} ${place.microseconds} ${place.id}`).toString("base64url");
}

/** @throws AgentSdkError `bad_request` for a text that is no cursor of ours. */
export function placeOf(cursor: string): Place {
  const parts = /^([01]) (\d{1,17}) (.+)$/su.exec(Buffer.from(cursor, "base64url").toString());
  const [, group, microseconds, id] = parts ?? [];
  if (group === undefined || microseconds === undefined || id === undefined) throw new AgentSdkError("bad_request", "The cursor is not one that this list has given out.");
  return { group, microseconds, id };
}
