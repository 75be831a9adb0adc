import type { AddressInfo } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { createHttpServer, mountOperations } from "@veche/kit/http.ts";
import type { Context } from "@veche/kit/run.ts";
import type { CertificateReport } from "@veche/kit/tls/keep-fresh.ts";
import { listenProblem, type Where } from "./listener.ts";

export type PrivateSite = AsyncDisposable & { readonly port: number };

/** For operators and supervisors, never on the public origin. */
export async function openPrivateSite(
  context: Context<unknown>,
  where: Omit<Where, "limits">,
  certificate: () => CertificateReport | undefined,
): Promise<PrivateSite> {
  const app = createHttpServer({ log: context.log });
  mountOperations(app, context);
  // Pages are served also while another role is away; /health/ready is the stricter question.
  app.get("/about/health", () => ({
    status: context.health.ready ? "ok" : "degraded",
    problems: Object.fromEntries(context.health.problems),
    certificate: certificate(),
  }));
  try {
    await app.listen({ port: where.port, host: where.address });
  } catch (error) {
    await app.close();
    const problem = error instanceof Error ? error : new Error(String(error));
    const message = listenProblem(problem, where.setting, where.port, where.address);
    throw new VecheError("failed-precondition", message, { cause: error });
  }
  return { port: (app.server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => app.close() };
}
