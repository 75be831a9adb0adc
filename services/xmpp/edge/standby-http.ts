import { createServer, type ServerResponse } from "node:http";
import type { Health } from "@veche/kit/health.ts";
import type { Metrics } from "@veche/kit/metrics.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { listen } from "./listen.ts";

/** Of a part that is on duty only; it has no business in the health of one that stands by. */
const startPart = "start";

/** The listener of a process that stands by: its health, and a clear word to everybody else. */
export class StandbyHttp implements AsyncDisposable {
  readonly #server;

  readonly #gate: Disposable | undefined;

  constructor(health: Health, metrics: Metrics, text: string, tls?: PrivateTls) {
    this.#server = createServer((request, response) => {
      request.resume();
      const path = request.url?.split("?", 1)[0];
      if (path === "/health/live") return answer(response, 200, { live: true });
      if (path === "/metrics") return void sendMetrics(metrics, response);
      if (path !== "/health/ready") return answer(response, 503, { code: "unavailable", message: text });
      const { problems, warnings } = health.describe();
      delete problems[startPart];
      const ready = Object.keys(problems).length === 0;
      answer(response, ready ? 200 : 503, { ready, problems, warnings });
    });
    this.#gate = tls?.guard(this.#server, ["web"]);
  }

  listen(port: number, address: string): Promise<void> {
    return listen(this.#server, port, address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#gate?.[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}

async function sendMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  const text = await metrics.text();
  response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
  response.end(text);
}
