/** What comes to the media ports that is no media: STUN, DTLS, RTP and RTCP, spoilt, and TCP that lies about its frames. */
import { createHmac } from "node:crypto";
import { writeCheck } from "@veche/kit/stun/stun.ts";
import { clientHello, frame, spoilBytes, uint16 } from "@veche/videobridge/testing/packets.ts";
import type { Random } from "@veche/videobridge/testing/random.ts";

export type IceSecrets = { readonly ufrag: string; readonly pwd: string };

const rtp = Buffer.from(
  "906f0001000000010000000bbede000210ff00003101000051000148656c6c6f2c2074686973206973206e6f204f707573",
  "hex",
);
const senderReport = Buffer.from("80c800060000000b0000000000000000000000000000000000000000", "hex");
const receiverReport = Buffer.from("81c900070000000b000000010000000000000000000000000000000000000000", "hex");
const transportFeedback = Buffer.from("8fcd00050000000b0000000100010002000000010002abcd", "hex");
const pictureLoss = Buffer.from("81ce00020000000b00000001", "hex");
const goodbye = Buffer.from("81cb00010000000b", "hex");
const alert = Buffer.from("15fefd000000000000000100020100", "hex");
const applicationData = Buffer.from("17fefd0001000000000001000548656c6c6f", "hex");

/** USERNAME, PRIORITY, USE-CANDIDATE, ICE-CONTROLLING and -CONTROLLED, ERROR-CODE, XOR-MAPPED-ADDRESS, NOMINATION, one unknown. */
const stunAttributes = [0x0006, 0x0024, 0x0025, 0x802a, 0x8029, 0x0009, 0x0020, 0xc001, 0x7fff] as const;
const stunTypes = [0x0001, 0x0001, 0x0001, 0x0011, 0x0101, 0x0111, 0x0003] as const;

/** Signed as it should be, whatever is in it (RFC 8489 14.5). */
function oddCheck({ ufrag, pwd }: IceSecrets, random: Random): Buffer {
  const attributes: Buffer[] = [];
  for (let count = random.below(8); count > 0; count--) {
    const type = random.pick(stunAttributes);
    const isName = type === 0x0006 && random.chance(0.8);
    const value = isName ? Buffer.from(`${ufrag}:odd`) : Buffer.alloc(random.pick([0, 1, 3, 4, 8, 20, 600]), 1);
    const said = random.chance(0.1) ? random.below(65_536) : value.length;
    attributes.push(uint16(type), uint16(said), value, Buffer.alloc((4 - (value.length % 4)) % 4));
  }
  const body = Buffer.concat(attributes);
  const header = Buffer.alloc(20, random.below(256));
  header.writeUInt16BE(random.pick(stunTypes), 0);
  header.writeUInt16BE(body.length + 24, 2);
  header.writeUInt32BE(0x2112a442, 4);
  const signed = Buffer.concat([header, body]);
  const integrity = createHmac("sha1", pwd).update(signed).digest();
  return Buffer.concat([signed, uint16(0x0008), uint16(20), integrity]);
}

/** One packet of somebody who knows these secrets. */
export function badPacket(secrets: IceSecrets, random: Random): Buffer {
  if (random.chance(0.2)) return oddCheck(secrets, random);
  const username = `${secrets.ufrag}:x`;
  const packet = random.pick([
    writeCheck({ username, password: secrets.pwd, role: "controlling" }),
    writeCheck({ username, password: "wrong", role: "controlled" }),
    writeCheck({ username: "nobody:x", password: secrets.pwd, role: "controlling" }),
    clientHello,
    alert,
    applicationData,
    rtp,
    Buffer.concat([senderReport, receiverReport]),
    transportFeedback,
    pictureLoss,
    goodbye,
    Buffer.from(Array.from({ length: 1 + random.below(1_200) }, () => random.below(256))),
  ]);
  return spoilBytes(packet, random);
}

/** Pieces as they are written one by one: whole frames, halves, too long ones, and what is no frame at all. */
export function badFrame(secrets: IceSecrets, random: Random): readonly Buffer[] {
  const packet = badPacket(secrets, random);
  const lie = random.pick([0, 1, packet.length - 1, packet.length + 1, 2_000, 65_535]);
  const framed = frame(packet, random.chance(0.3) ? Math.max(0, lie) : packet.length);
  const [first, second] = random.chance(0.3) ? [framed, framed] : [framed, Buffer.alloc(0)];
  const whole = Buffer.concat([first, second]);
  const cut = random.chance(0.4) ? random.below(whole.length) : whole.length;
  return [whole.subarray(0, cut), whole.subarray(cut)].filter((piece) => piece.length > 0);
}

export function isStun(message: Buffer): boolean {
  return message.length >= 20 && message.readUInt32BE(4) === 0x2112a442;
}

/** Records of RFC 6347 have a content type of 20 to 25. */
export function isDtls(message: Buffer): boolean {
  const [type = 0] = message;
  return type >= 20 && type <= 25;
}
