/** The probe of delay.ts: tells its parent what it is, is told where to, and answers with what it measured. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { makeIdentity } from "../../load/media/dtls.ts";
import { MediaLink } from "../../load/media/media-link.ts";
import { sentAtOf } from "../../load/media/reception.ts";
import { writeRtp } from "../../load/media/rtp.ts";
import { stamp, Vp8Encoder } from "../../load/media/vp8.ts";
import type { Agreement } from "../../load/session.ts";
import { distribution, round } from "../figures.ts";
import { type Admission, type Delays, probeSsrc, type Ready } from "./delay.ts";

const everyMs = 20;
const warmUpMs = 1_500;
const packetBytes = 1_100;
const framesPerSecond = 1000 / everyMs;

const identity = await makeIdentity();
const samples: number[] = [];
const sender = await MediaLink.open(identity, { rtp: () => {}, rtcp: () => {} });
const receiver = await MediaLink.open(identity, {
  rtp: (packet, crypto) => {
    const now = epochMs();
    const sentAt = sentAtOf(packet, crypto);
    // What the forwarder sends of itself (probes of the bandwidth) carries no time.
    if (sentAt !== undefined && Math.abs(now - sentAt) < 60_000) samples.push(now - sentAt);
  },
  rtcp: () => {},
});
let agreed: Agreement | undefined;

process.on("message", (admission: Admission) => {
  take(admission).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ sender: ownOf(sender), receiver: ownOf(receiver) } satisfies Ready);

async function take(admission: Admission): Promise<void> {
  if (admission.sender) {
    agreed = admission.sender;
    await sender.connect(admission.sender.remote);
    process.send?.("sender");
  } else if (admission.receiver) {
    await receiver.connect(admission.receiver.remote);
    process.send?.("receiver");
  } else if (admission.seconds !== undefined) process.send?.(await measure(admission.seconds));
}

async function measure(seconds: number): Promise<Delays> {
  const encoder = new Vp8Encoder(360, packetBytes * 8 * framesPerSecond, framesPerSecond);
  let sequence = 1_000;
  const send = (): void => {
    // Key frames all along: whoever comes in between can begin with any.
    for (const payload of encoder.encode(true).slice(0, 1)) {
      stamp(payload, epochMs());
      const timestamp = sequence * (90_000 / framesPerSecond);
      const payloadType = agreed?.payloadTypes.video ?? 100;
      sender.sendRtp(writeRtp({ payloadType, ssrc: probeSsrc, sequence, timestamp, isMarked: true }, [], payload));
      sequence = (sequence + 1) & 0xffff;
    }
  };
  const timer = setInterval(send, everyMs);
  await pause(warmUpMs);
  samples.length = 0;
  await pause(seconds * 1000);
  clearInterval(timer);
  const through = [...samples];
  return { through: spread(through), direct: spread(await sendStraight(seconds)) };
}

/** From socket to socket of this process. */
async function sendStraight(seconds: number): Promise<number[]> {
  const found: number[] = [];
  const from = createSocket("udp4");
  const to = createSocket("udp4", (datagram) => found.push(epochMs() - datagram.readDoubleBE(0)));
  to.bind(0, "127.0.0.1");
  await once(to, "listening");
  from.connect(to.address().port, "127.0.0.1");
  await once(from, "connect");
  const timer = setInterval(() => {
    const datagram = Buffer.alloc(packetBytes);
    datagram.writeDoubleBE(epochMs());
    from.send(datagram);
  }, everyMs);
  await pause(seconds * 1000);
  clearInterval(timer);
  from.close();
  to.close();
  return found;
}

function spread(of: readonly number[]): Delays["through"] {
  return { ...distribution(of), mean: round(of.reduce((sum, one) => sum + one, 0) / of.length) };
}

function ownOf({ ufrag, pwd, fingerprint, port }: MediaLink): Ready["sender"] {
  return { ufrag, pwd, fingerprint, port };
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
