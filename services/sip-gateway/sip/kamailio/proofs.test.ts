import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLogger } from "@veche/kit/log.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { Registration } from "../signalling.ts";
import { makeCertificates, makeNamed } from "../testing/certificates.ts";
import { answeringSdp, Happenings, listenTo, outgoingListener, trunkTo } from "../testing/scene.ts";
import { missing } from "../testing/signalling-suite.ts";
import { TlsProvider, type TlsProviderOptions } from "../testing/tls-provider.ts";
import { openKamailio } from "./open.ts";
import { namesIn } from "./proofs.ts";

const timeout = 120_000;
const loopbacks = networkInterfaces().lo ?? [];
const withoutIpv6 = !loopbacks.some(({ address }) => address === "::1") && "no IPv6 on this machine";

const target = { trunk: undefined, to: "1", from: "", displayName: "", headers: {}, sdp: answeringSdp };

type Complaint = { readonly msg: string; readonly trunk?: string; readonly server?: string; readonly names?: string };

/** A trunk that shows a certificate with these names. */
async function openTo(stack: AsyncDisposableStack, names: string, given: TlsProviderOptions = {}) {
  const { address = "127.0.0.1" } = given;
  const makeDirectory = async () => {
    const directory = await mkdtemp(join(tmpdir(), "veche-kamailio-"));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    return directory;
  };
  const tls = await makeCertificates(await makeDirectory());
  const server = stack.use(await TlsProvider.start(await makeNamed(tls, await makeDirectory(), names), given));
  const complaints = new Happenings<Complaint>();
  const registrations = new Happenings<Registration>();
  const account = { user: "7495", domain: "provider.example", password: "a password" };
  const signalling = stack.use(
    await openKamailio({
      trunks: [trunkTo(server.port, { server: address, account, transport: "tls", registers: true })],
      listener: { incoming: () => {}, registration: registrations.add, reachable: () => {} },
      log: createLogger("test", "error", { write: (line) => complaints.add(JSON.parse(line)) }),
      listen: { address, udp: 0, tcp: 0, tls: await freePort() },
      tls,
      allowsUnknown: false,
      sessionTimer: { expires: 1_800, min: 90 },
      process: { kind: "own", program: "kamailio", directory: await makeDirectory() },
    }),
  );
  return { signalling, server, complaints, registrations };
}

test("operators are told which names a trunk's certificate has in place of the right one", {
  skip: missing(["kamailio", "openssl"]),
  timeout,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const { complaints, registrations } = await openTo(stack, "DNS:other.example,IP:192.0.2.1");
  const { trunk, server, names } = await complaints.until("it", ({ msg }) => msg.includes("certificate"));
  assert.deepEqual({ trunk, server }, { trunk: "provider", server: "127.0.0.1" });
  assert.equal(names, "DNS:other.example, IP Address:192.0.2.1");
  await registrations.until("its absence", ({ state }) => state === "unreachable");
});

test("a trunk at an address of IPv6 is known by its certificate, too", {
  skip: missing(["kamailio", "openssl"]) || withoutIpv6,
  timeout,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const { server } = await openTo(stack, "IP:0:0:0:0:0:0:0:1", { address: "::1" });
  await server.heard.until(
    "credentials",
    ({ method, header }) => method === "REGISTER" && header("Authorization") !== "",
  );
});

test("a call that is cancelled before the trunk has shown its certificate is not made", {
  skip: missing(["kamailio", "openssl"]),
  timeout,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const { signalling, server } = await openTo(stack, "IP:127.0.0.1");
  const [cancelled, made] = [outgoingListener(), outgoingListener()];
  signalling.dial(target, cancelled.listener).cancel();
  const { id } = signalling.dial(target, made.listener);
  // The password that it wants is not taken.
  assert.deepEqual(await made.told.next("the end"), { type: "failed", status: 401 });
  const calls = server.heard.all.filter(({ method }) => method === "INVITE");
  assert.deepEqual(new Set(calls.map(({ header }) => header("Call-ID"))), new Set([id]));
  assert.deepEqual(cancelled.told.all, []);
});

test("what is asked within a call goes by no connection whose certificate nobody has seen", {
  skip: missing(["kamailio", "openssl"]),
  timeout,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const { signalling, server } = await openTo(stack, "IP:127.0.0.1", { wantsPassword: false });
  const { listener, told } = outgoingListener();
  signalling.dial(target, listener);
  const answered = await told.until("the answer", ({ type }) => type === "answered");
  assert.ok(answered.type === "answered");
  listenTo(answered.dialog);
  await server.heard.until("the ACK", ({ method }) => method === "ACK");
  await answered.dialog.reoffer(answeringSdp);
  const invites = () => server.heard.all.filter(({ method }) => method === "INVITE").length;
  assert.equal(invites(), 2);
  server.dropConnections();
  await assert.rejects(answered.dialog.reoffer(answeringSdp));
  server.answers = false;
  signalling.dial(target, outgoingListener().listener);
  await server.heard.until("a question for the certificate", ({ method }) => method === "OPTIONS");
  await assert.rejects(answered.dialog.reoffer(answeringSdp));
  assert.equal(invites(), 2);
});

test("a certificate as Kamailio gives it names hosts and addresses, each as such", {
  skip: missing(["openssl"]),
}, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "veche-names-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const authority = await makeCertificates(directory);
  const named = await makeNamed(
    authority,
    directory,
    "DNS:sip.example,DNS:*.calls.example,IP:192.0.2.1,IP:2001:db8::1",
  );
  const given = encodeURIComponent(await readFile(named.certificate, "utf8")).replaceAll("%20", "+");
  const names = namesIn(given);
  for (const right of ["sip.example", "SIP.example", "one.calls.example", "192.0.2.1", "2001:DB8:0::1"])
    assert.ok(names?.has(right), right);
  for (const wrong of ["example", "sip.example.org", "calls.example", "Somebody", "192.0.2.2", "2001:db8::2"])
    assert.ok(!names?.has(wrong), wrong);
  for (const none of ["", "<null>", "%", given.slice(0, 200)]) assert.equal(namesIn(none), undefined, none);
});
