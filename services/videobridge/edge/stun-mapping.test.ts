import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { askMappedAddress, readMappedAddress, readStunServer } from "./stun-mapping.ts";

/** Binding success (RFC 8489) with XOR-MAPPED-ADDRESS 203.0.113.7:4660, behind an attribute nobody asked for. */
function writeAnswer(transaction: Buffer): Buffer {
  const attributes = Buffer.from("80220003616263000020000800013326ea12d545", "hex");
  const header = Buffer.from("010100002112a442", "hex");
  header.writeUInt16BE(attributes.length, 2);
  return Buffer.concat([header, transaction, attributes]);
}

test("a STUN server is asked for the public address, and answers to others are not believed", async () => {
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  server.on("message", (request, { port, address }) => {
    server.send(writeAnswer(Buffer.alloc(12)), port, address);
    server.send(writeAnswer(request.subarray(8, 20)), port, address);
  });
  assert.equal(await askMappedAddress("127.0.0.1", server.address().port), "203.0.113.7");
  server.close();
});

test("a server that says nothing, and a name that nobody has, are no answer", async () => {
  const mute = createSocket("udp4").bind(0, "127.0.0.1");
  await once(mute, "listening");
  const answers = await Promise.all([
    askMappedAddress("127.0.0.1", mute.address().port),
    askMappedAddress("nobody.invalid", 3478),
  ]);
  assert.deepEqual(answers, [undefined, undefined]);
  mute.close();
});

test("cut and foreign answers are no addresses", () => {
  const transaction = Buffer.alloc(12, 7);
  const answer = writeAnswer(transaction);
  assert.equal(readMappedAddress(answer, transaction), "203.0.113.7");
  for (let length = 0; length < answer.length; length += 1)
    assert.equal(readMappedAddress(answer.subarray(0, length), transaction), undefined);
  assert.equal(readMappedAddress(answer, Buffer.alloc(12)), undefined);
});

test("servers are named as docker-jitsi-meet has them", () => {
  assert.deepEqual(readStunServer("stun.example.org:443"), { host: "stun.example.org", port: 443 });
  assert.deepEqual(readStunServer("stun.example.org"), { host: "stun.example.org", port: 3478 });
  assert.deepEqual(readStunServer("[2001:db8::7]:3478"), { host: "2001:db8::7", port: 3478 });
  for (const bad of ["", "a b", "x:0", "x:70000", "x:y"]) assert.equal(readStunServer(bad), undefined);
});
