import { VecheError } from "@veche/kit/errors.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { here, type TestBridge } from "./bridge.ts";
import { acceptedDescriptions, camera, clientTransport, microphone } from "./descriptions.ts";
import { type Random, spoil } from "./random.ts";

/** A client's accept and source-add, spoilt somewhere. The code of the refusal, or ok. */
export async function sendSpoilt(bridge: TestBridge, random: Random): Promise<string> {
  const endpoint = "eeee5555";
  const address = bridge.address(endpoint);
  const jingleSession = `s-${endpoint}`;
  try {
    if (random.chance(0.3)) await bridge.focus.request(subjects.expireEndpoint, here, address);
    await bridge.create(endpoint);
    const sound = JSON.parse(
      JSON.stringify({
        descriptions: acceptedDescriptions(),
        transport: clientTransport(),
        sources: [microphone(endpoint, 50), camera(endpoint, 60)],
      }),
    );
    const spoilt = spoil(sound, random) as object;
    await bridge.focus.request(subjects.connectEndpoint, here, { ...spoilt, ...address, jingleSession });
    const sources = spoil([JSON.parse(JSON.stringify(camera(endpoint, 9_001, 1)))], random) as [];
    await bridge.focus.request(subjects.addSources, here, { ...address, sources });
    return "ok";
  } catch (error) {
    if (error instanceof VecheError) return error.code;
    throw error;
  }
}
