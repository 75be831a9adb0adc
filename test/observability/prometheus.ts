/** A real Prometheus with the configuration and the rules of deploy/observability, and the exporter it collects from. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { eventually } from "../harness/wait.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "deploy/observability");

export const prometheusMissing =
  spawnSync("prometheus", ["--version"]).status !== 0 && "there is no prometheus (Debian's package of that name)";

export type Sample = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };

/** `nats`: NATS_URL and the operator's NATS_CREDS_FILE. */
export class Monitoring implements AsyncDisposable {
  readonly #processes: ChildProcess[];
  readonly #directory: string;
  readonly exporterPort: number;
  readonly port: number;

  private constructor(directory: string, exporterPort: number, port: number, processes: ChildProcess[]) {
    this.#directory = directory;
    this.exporterPort = exporterPort;
    this.port = port;
    this.#processes = processes;
  }

  static async start(nats: Readonly<Record<string, string>>): Promise<Monitoring> {
    const [exporterPort, port] = [await freePort(), await freePort()];
    const directory = await mkdtemp(join(tmpdir(), "veche-prometheus-"));
    const configuration = await readFile(join(folder, "prometheus.yml"), "utf8");
    // The very configuration, but for where things are and how often: a test can't wait for four times 15 s.
    const adapted = configuration
      .replace("exporter:9464", `127.0.0.1:${exporterPort}`)
      .replace("localhost:9090", `127.0.0.1:${port}`)
      .replaceAll(/_interval: 15s/g, "_interval: 2s")
      .replace("scrape_timeout: 10s", "scrape_timeout: 2s");
    await writeFile(join(directory, "prometheus.yml"), adapted);
    await writeFile(join(directory, "rules.yml"), await readFile(join(folder, "rules.yml")));
    const exporter = spawn(process.execPath, [join(folder, "exporter.ts")], {
      env: { PATH: process.env.PATH, ...nats, VECHE_EXPORTER_PORT: String(exporterPort) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const prometheus = spawn(
      "prometheus",
      [
        `--config.file=${join(directory, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const monitoring = new Monitoring(directory, exporterPort, port, [exporter, prometheus]);
    for (const address of [`127.0.0.1:${exporterPort}/health/ready`, `127.0.0.1:${port}/-/ready`])
      await eventually(`${address} is ready`, async () => {
        const answer = await fetch(`http://${address}`).catch(() => undefined);
        return answer?.ok ? undefined : "not yet";
      });
    return monitoring;
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.exporterPort}/metrics`)).text();
  }

  /** Rejects with Prometheus's own words where the expression is wrong. */
  async query(expression: string): Promise<readonly Sample[]> {
    const { result } = (await this.#ask("query", { query: expression })) as { result: readonly Sample[] };
    return result;
  }

  /** Alerts with their health ("ok", "err") and their error. */
  async rules(): Promise<readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]> {
    const { groups } = (await this.#ask("rules", {})) as { groups: readonly { rules: readonly never[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  /** As after kill -9: for tests of what is said then. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #ask(what: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== "success") throw new Error(`${parameters.query ?? what}: ${error}`);
    return data;
  }
}
