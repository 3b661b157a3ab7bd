const ids = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"] as const;

interface Model {
  readonly type: "model";
  readonly id: string;
  readonly display_name: string;
  readonly created_at: string;
}

/** Any id is a model here: which ones a client asks for changes with every release of it. */
export function findModel(id: string): Model {
  return { type: "model", id, display_name: id, created_at: "2026-01-01T00:00:00Z" };
}

/** The answer to `GET /v1/models`. */
export function modelList(): unknown {
  return { data: ids.map(findModel), has_more: false, first_id: ids[0], last_id: ids.at(-1) };
}
