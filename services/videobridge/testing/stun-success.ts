import { attributeTypes, messageTypes, type StunMessage } from "@veche/kit/stun/stun.ts";

/** The answer to a check that came from there (RFC 8489 14.2, IPv4). */
export function successTo(
  { transaction }: StunMessage,
  { address, port }: { readonly address: string; readonly port: number },
): StunMessage {
  const plain = Buffer.from([0, 1, port >> 8, port & 255, ...address.split(".").map(Number)]);
  const mask = Buffer.from([0, 0, 0x21, 0x12, 0x21, 0x12, 0xa4, 0x42]);
  const mapped = plain.map((byte, at) => byte ^ (mask[at] ?? 0));
  return {
    type: messageTypes.bindingSuccess,
    transaction,
    attributes: [[attributeTypes.xorMappedAddress, Buffer.from(mapped)]],
  };
}
