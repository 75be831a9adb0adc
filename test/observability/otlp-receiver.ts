/** What a collector hears by OTLP over HTTP in JSON, https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
type Resource = { readonly attributes: readonly Attribute[] };
type RawSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
};
type RawRecord = {
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
  readonly traceId?: string;
};

export type HeardSpan = RawSpan & { readonly service: string };
export type HeardLine = {
  readonly service: string;
  readonly text: string;
  readonly traceId: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export class OtlpReceiver implements AsyncDisposable {
  readonly spans: HeardSpan[] = [];
  readonly lines: HeardLine[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(
      createServer(async (request, response) => {
        receiver.#hear(request.url ?? "", (await json(request)) as never);
        response.setHeader("content-type", "application/json").end("{}");
      }).listen(0, "127.0.0.1"),
    );
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hear(
    path: string,
    body: {
      readonly resourceSpans?: readonly {
        readonly resource: Resource;
        readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
      }[];
      readonly resourceLogs?: readonly {
        readonly resource: Resource;
        readonly scopeLogs: readonly { readonly logRecords: readonly RawRecord[] }[];
      }[];
    },
  ): void {
    if (path !== "/v1/traces" && path !== "/v1/logs") throw new Error(`expected traces or logs, found ${path}`);
    for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
      const service = String(fieldsOf(resource.attributes)["service.name"]);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service }))));
    }
    for (const { resource, scopeLogs } of body.resourceLogs ?? []) {
      const service = String(fieldsOf(resource.attributes)["service.name"]);
      for (const { logRecords } of scopeLogs)
        for (const { body: said, attributes, traceId = "" } of logRecords)
          this.lines.push({ service, text: said.stringValue, traceId, fields: fieldsOf(attributes) });
    }
  }
}

function fieldsOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
