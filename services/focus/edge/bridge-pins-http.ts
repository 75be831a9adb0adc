import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import { type BridgePins, pinLimits } from "./bridge-pins.ts";

/** `/pin` and `/pin/remove` with Jicofo's names (focus.md 3.12). */
export function mountPins(app: FastifyInstance, pins: BridgePins, onChanged: () => void): void {
  app.get("/pin", () =>
    pins.list().map(({ conference, version, expiresMs }) => ({
      conferenceId: conference,
      jvbVersion: version,
      expiresAt: new Date(expiresMs).toISOString(),
    })),
  );
  app.post("/pin", (request, reply) => {
    const { conferenceId, jvbVersion, durationMinutes } = fieldsOf(request.body);
    const conference = readAddress(conferenceId);
    if (typeof jvbVersion !== "string" || jvbVersion === "" || jvbVersion.length > pinLimits.length) {
      throw new VecheError("invalid-argument", 'expected "jvbVersion", a version of bridges');
    }
    const isMinutes = typeof durationMinutes === "number" && durationMinutes > 0;
    if (!isMinutes || durationMinutes > pinLimits.minutes) {
      throw new VecheError("invalid-argument", `expected "durationMinutes", up to ${pinLimits.minutes}`);
    }
    pins.set(conference, jvbVersion, durationMinutes);
    onChanged();
    return reply.send();
  });
  app.post("/pin/remove", (request, reply) => {
    const conference = readAddress(fieldsOf(request.body).conferenceId);
    if (!pins.remove(conference)) throw new VecheError("not-found", "that conference is not pinned");
    onChanged();
    return reply.send();
  });
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null) throw new VecheError("invalid-argument", "expected a JSON object");
  return body as Readonly<Record<string, unknown>>;
}

function readAddress(given: unknown): string {
  if (typeof given === "string" && given.length <= pinLimits.length && /^[^@\s/]+@[^@\s/]+$/.test(given)) return given;
  throw new VecheError("invalid-argument", 'expected "conferenceId", the address of a room');
}
