/** `/metrics` of all processes on all hosts, collected over NATS: what Prometheus scrapes. Needs the operator's credentials. */
import { integer, readConfig, text } from "@veche/kit/config.ts";
import { createHttpServer, listenPrivately } from "@veche/kit/http.ts";
import { createLogger } from "@veche/kit/log.ts";
import { openOperatorLink } from "../local/operator-link.ts";
import { Collector } from "./collector.ts";

const schema = {
  VECHE_EXPORTER_PORT: integer(9464, { min: 0, max: 65_535 }, "Where Prometheus finds the metrics of all roles."),
  VECHE_EXPORTER_ADDRESS: text("127.0.0.1", "Address that it listens on."),
};

const config = readConfig(schema, process.env);
const log = createLogger("exporter", "info");
const ended = new AbortController();
const asked = new Promise<void>((resolve) => ended.signal.addEventListener("abort", () => resolve()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort(signal));

try {
  const { link } = await openOperatorLink("exporter", log, ended.signal);
  using collector = new Collector(link, log);
  await collector.find();
  const app = createHttpServer({ log });
  app.get("/metrics", async (_, reply) => {
    reply.type("text/plain; version=0.0.4; charset=utf-8");
    return collector.text();
  });
  app.get("/health/ready", (_, reply) => reply.code(link.isConnected ? 200 : 503).send({ ready: link.isConnected }));
  app.get("/health/live", () => ({ live: true }));
  const address = { host: config.VECHE_EXPORTER_ADDRESS, port: config.VECHE_EXPORTER_PORT };
  await using http = await listenPrivately(app, address, "VECHE_EXPORTER_PORT");
  log.info({ port: http.port }, "listening");
  await asked;
  await link.close();
} catch (error) {
  if (!ended.signal.aborted) {
    log.fatal(`can't start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
