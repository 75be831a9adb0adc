import { focus } from "@veche/proto/subjects.ts";
import type { Room } from "../domain/call.ts";
import type { CallPorts } from "./ports.ts";

/** May this call speak again? What can't be asked is not allowed. */
export async function askUnmute({ bus, unit, log }: CallPorts, room: Room, endpoint: string): Promise<boolean> {
  const ask = { room, endpoint, target: endpoint, media: "audio", muted: false };
  try {
    await bus.request(focus.requestMute, { unit }, ask);
    return true;
  } catch (error) {
    log.debug({ endpoint, err: error }, "unmuting was refused");
    return false;
  }
}
