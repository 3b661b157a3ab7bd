import { ApiError } from "../errors.ts";

const retryableStatuses: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** The server's own words for what may pass; by its status alone a provider's failure would look like a proxy's. */
const retryableCodes: ReadonlySet<string> = new Set(["draining", "rate_limited", "superseded", "timeout", "unavailable"]);

/** Seconds, from a number of them or a date. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a proxy answers in the server's place is not JSON: then the status alone speaks. */
async function readEnvelope(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json();
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

/** The error of an answer whose status is no success. */
export async function refusal(response: Response): Promise<ApiError> {
  const { error, code: given, request_id: requestId, ...details } = await readEnvelope(response);
  const sentence = typeof error === "string" ? error : `The server answered with status ${response.status}.`;
  const code = typeof given === "string" ? given : null;
  return new ApiError(code ?? "invalid_answer", sentence, {
    status: response.status,
    retryable: code === null ? retryableStatuses.has(response.status) : retryableCodes.has(code),
    retryAfter: retryAfter(response),
    requestId: typeof requestId === "string" ? requestId : (response.headers.get("x-request-id") ?? undefined),
    details,
  });
}

/** @throws ApiError `invalid_answer` when the answer is of another type than what was asked for: something else answers at this address. */
export function assertType(response: Response, type: string): void {
  const given = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "nothing";
  if (given === type) return;
  throw new ApiError("invalid_answer", `The server answered with ${given} instead of ${type}; is the address right?`, { status: response.status, retryable: false });
}
