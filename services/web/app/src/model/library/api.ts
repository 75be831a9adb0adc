export interface Answer {
  readonly isGood: boolean;
  /** 0: the server could not be reached. */
  readonly status: number;
  readonly body: unknown;
}

const BASE = "/recordings/api";

/** Asks the library; never throws. */
export async function ask(method: string, path: string, body?: object): Promise<Answer> {
  try {
    const answer = await fetch(BASE + path, {
      method,
      credentials: "same-origin",
      ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json") ?? false;
    return { isGood: answer.ok, status: answer.status, body: isJson ? await answer.json() : undefined };
  } catch {
    return { isGood: false, status: 0, body: undefined };
  }
}

export function fileAddress(recording: string, file: string, isDownload: boolean): string {
  const name = file.split("/").map(encodeURIComponent).join("/");
  return `${BASE}/recordings/${encodeURIComponent(recording)}/files/${name}${isDownload ? "?download" : ""}`;
}
