/** The `data` of each server-sent event, parsed where it is JSON. The stream must end by itself. */
export async function dataOf(response: Response): Promise<readonly Record<string, unknown>[]> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
  return lines.map((line) => line.slice("data: ".length)).map((data) => (data === "[DONE]" ? { done: true } : (JSON.parse(data) as Record<string, unknown>)));
}

/** Sends JSON with the headers given. */
export function post(url: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}
