/** Providers: registered or known by address, believed or not. */
import assert from "node:assert/strict";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { Registration, Trunk } from "../signalling.ts";
import { answeredOut } from "./calls-out.ts";
import { uriOf } from "./message.ts";
import { Provider } from "./provider.ts";
import { PhoneCall, phoneSdp, RawPhone } from "./raw-phone.ts";
import { answeringSdp, listenTo, outgoingListener, trunkTo } from "./scene.ts";
import type { Define, Given } from "./signalling-suite.ts";

const password = "a right password";
const needs = { programs: ["kamailio"] };

const account = (user: string, given = password) => ({ user, domain: "provider.example", password: given });

/** Nobody calls from there: only a registration tells whose call it is. */
const nowhere = { addresses: ["192.0.2.0/24"] };

async function startProvider({ stack, makeDirectory, certificates }: Given, phonePort?: number): Promise<Provider> {
  return stack.use(await Provider.start({ directory: await makeDirectory(), certificates, password, phonePort }));
}

function registering(provider: Provider, user: string, given: Partial<Trunk> = {}): Trunk {
  const isSecure = given.transport === "tls";
  const port = isSecure ? provider.tlsPort : provider.port;
  return trunkTo(port, { name: user, account: account(user), registers: true, ...nowhere, ...given });
}

export function defineTrunks(define: Define): void {
  for (const transport of ["udp", "tcp", "tls"] as const) {
    define(
      `a registration with the right password stands, and calls come and go by it, over ${transport}`,
      async (given) => {
        const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort() };
        const phone = given.stack.use(await RawPhone.open(ports.udp));
        const provider = await startProvider(given, phone.port);
        const trunks = [registering(provider, "74951112233", { transport })];
        const scene = await given.open({ ports, trunks, allowsUnknown: false });
        const registration = { trunk: "74951112233", state: "registered", status: 200 };
        assert.deepEqual(await scene.registrations.until("200", ({ state }) => state === "registered"), registration);
        assert.deepEqual(scene.signalling.registrations, [registration]);

        phone.server = provider.port;
        const call = PhoneCall.dial(phone, { to: "74951112233", headers: ["P-Asserted-Identity: <sip:boss@evil>"] });
        const incoming = await scene.calls.next("the call");
        assert.equal(incoming.trunk, "74951112233");
        assert.equal(incoming.to.user, "74951112233");
        assert.equal(incoming.from.user, "42");
        assert.equal(incoming.source.transport, transport);
        const answering = incoming.answer(answeringSdp);
        await call.answered();
        const told = listenTo(await answering);
        call.ask("INVITE", [], phoneSdp("a=sendonly"));
        call.acknowledge(await phone.hearStatus(200));
        assert.equal((await told.next("the offer")).type, "reoffered");
        await call.hangUp();
        assert.deepEqual(await told.next("the end"), { type: "ended", cause: "remote" });

        const out = await answeredOut(scene, phone);
        assert.equal(uriOf(out.invite.header("From")), "sip:74951112233@provider.example");
        out.dialog.hangUp();
        phone.answer(await phone.hearRequest("BYE"), 200);
      },
      needs,
    );
  }

  define("a wrong password is refused, and not tried again and again", async (given) => {
    const registrar = given.stack.use(await RawPhone.open(9));
    const trunk = trunkTo(registrar.port, { account: account("7495", "wrong"), registers: true });
    const scene = await given.open({ trunks: [trunk] });
    registrar.server = scene.options.ports.udp;
    const challenge = ['WWW-Authenticate: Digest realm="provider", nonce="abc", algorithm=MD5, qop="auth"'];
    const first = await registrar.hearRequest("REGISTER");
    assert.equal(first.header("Authorization"), "");
    registrar.answer(first, 401, challenge);
    const second = await registrar.hearRequest("REGISTER");
    assert.match(second.header("Authorization"), /^Digest username="7495", realm="provider", nonce="abc"/);
    registrar.answer(second, 401, challenge);
    const refused = await scene.registrations.until("a refusal", ({ state }) => state === "refused");
    assert.deepEqual(refused, { trunk: "provider", state: "refused", status: 401 });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal(registrar.untaken.filter(({ method }) => method === "REGISTER").length, 0);
  });

  for (const [algorithm, hash] of [
    ["MD5", "[0-9a-f]{32}"],
    ["SHA-256", "[0-9a-f]{64}"],
  ] as const) {
    define(`a challenge with ${algorithm} is answered, and the registration taken back at the end`, async (given) => {
      const registrar = given.stack.use(await RawPhone.open(9));
      const scene = await given.open({
        trunks: [trunkTo(registrar.port, { account: account("7495"), registers: true })],
      });
      registrar.server = scene.options.ports.udp;
      const challenge = [`WWW-Authenticate: Digest realm="provider", nonce="abc", algorithm=${algorithm}, qop="auth"`];
      registrar.answer(await registrar.hearRequest("REGISTER"), 401, challenge);
      const register = await registrar.hearRequest("REGISTER");
      assert.match(
        register.header("Authorization"),
        new RegExp(`response="${hash}", algorithm=${algorithm}, qop=auth`),
      );
      registrar.answer(register, 200, ["Expires: 600"]);
      await scene.registrations.until("200", ({ state }) => state === "registered");
      const closed = scene[Symbol.asyncDispose]();
      const last = await registrar.hearRequest("REGISTER");
      assert.equal(last.header("Expires"), "0");
      registrar.answer(last, 200);
      await closed;
    });
  }

  define(
    "a registrar that is away is unreachable, and registered with when it is back",
    async (given) => {
      const ports = { udp: await freePort(), tls: await freePort() };
      const away = { port: ports.udp, tlsPort: ports.tls } as Provider;
      const scene = await given.open({ trunks: [registering(away, "7495", { transport: "tcp" })] });
      await scene.registrations.until("its absence", ({ state }) => state === "unreachable");
      const directory = await given.makeDirectory();
      const { certificates } = given;
      given.stack.use(await Provider.start({ directory, certificates, password, ports }));
      await scene.registrations.until("its return", ({ state }) => state === "registered");
    },
    needs,
  );

  define(
    "of two accounts with one provider each has its calls",
    async (given) => {
      const ports = { udp: await freePort(), tcp: 0, tls: 0 };
      const phone = given.stack.use(await RawPhone.open(ports.udp));
      const provider = await startProvider(given, phone.port);
      const trunks = ["100", "200"].map((user) => registering(provider, user));
      const scene = await given.open({ ports, trunks, allowsUnknown: false });
      const { signalling, registrations } = scene;
      const stands = ({ state }: Registration) => state === "registered";
      await registrations.until("both", () => signalling.registrations.filter(stands).length === trunks.length);
      phone.server = provider.port;
      for (const to of ["200", "100"]) {
        PhoneCall.dial(phone, { to });
        assert.equal((await scene.calls.next("the call")).trunk, to);
      }
    },
    needs,
  );

  define(
    "a trunk is known by its address; only a trusted one may say who calls and into which room",
    async ({ open }) => {
      const trunk = (name: string, address: string, isTrusted: boolean) =>
        trunkTo(9, { name, addresses: [address], isTrusted, dialsOut: false });
      const scene = await open({
        trunks: [trunk("trusted", "127.0.0.8/32", true), trunk("other", "127.0.0.16/28", false)],
        allowsUnknown: false,
      });
      const headers = [
        "Jitsi-Conference-Room: room@muc.example",
        'P-Asserted-Identity: "Director" <sip:1@school.example>',
        "Veche-Call: x 0 udp 1.1.1.1 1 1.1.1.1 1",
        "veche-trunk: trusted",
      ];
      for (const [address, name] of [
        ["127.0.0.8", "trusted"],
        ["127.0.0.17", "other"],
      ] as const) {
        const phone = await scene.phone("udp", address);
        PhoneCall.dial(phone, { headers });
        const call = await scene.calls.next("the call");
        const isTrusted = name === "trusted";
        assert.equal(call.trunk, name);
        assert.equal(call.source.address, address);
        assert.equal(call.headers.get("jitsi-conference-room"), isTrusted ? "room@muc.example" : undefined);
        assert.equal(call.headers.has("p-asserted-identity"), isTrusted);
        assert.equal(call.from.user, isTrusted ? "1" : "42");
        assert.equal(call.from.displayName, isTrusted ? "Director" : "A phone");
      }
    },
  );

  define("whoever is no trunk is refused, and does not reach the gateway", async ({ open }) => {
    const scene = await open({ trunks: [trunkTo(9, { addresses: ["127.0.0.8/32"] })], allowsUnknown: false });
    const stranger = await scene.phone();
    const call = PhoneCall.dial(stranger);
    call.acknowledgeRefusal(await stranger.hearStatus(403));
    const trunk = await scene.phone("udp", "127.0.0.8");
    const known = PhoneCall.dial(trunk);
    assert.equal((await scene.calls.next("the trunk's call")).id, known.callId);
    assert.equal(scene.calls.all.length, 1);
  });

  define("a trunk is known by its server's name, and a name that nobody knows harms no other", async (given) => {
    const ports = { udp: await freePort(), tcp: 0, tls: 0 };
    const phone = given.stack.use(await RawPhone.open(ports.udp));
    const unknown = trunkTo(0, {
      name: "unknown",
      server: "no-such-host.invalid",
      account: account("7"),
      registers: true,
    });
    const scene = await given.open({
      ports,
      trunks: [unknown, trunkTo(phone.port, { server: "localhost" })],
      allowsUnknown: false,
    });
    const away = await scene.registrations.until("its absence", ({ trunk }) => trunk === "unknown");
    assert.equal(away.state, "unreachable");
    PhoneCall.dial(phone);
    assert.equal((await scene.calls.next("the call")).trunk, "provider");
    const { listener } = outgoingListener();
    const target = { trunk: "unknown", to: "1", from: "", displayName: "", headers: {}, sdp: answeringSdp };
    assert.throws(() => scene.signalling.dial(target, listener), { code: "unavailable" });
    scene.signalling.dial({ ...target, trunk: "provider" }, listener);
    await phone.hearRequest("INVITE");
  });

  define("a trunk's OPTIONS are answered, and it is asked by OPTIONS", async (given) => {
    const ports = { udp: await freePort(), tcp: 0, tls: 0 };
    const trunk = given.stack.use(await RawPhone.open(ports.udp));
    const scene = await given.open({ ports, trunks: [trunkTo(trunk.port)], allowsUnknown: false });
    trunk.answer(await trunk.hearRequest("OPTIONS"), 200);
    const told = await scene.registrations.next("what it said");
    assert.deepEqual(told, { trunk: "provider", state: "none", status: 200 });
    const outside = PhoneCall.dial(trunk, { sdp: "" });
    await scene.calls.next("the call");
    outside.cancel();
    trunk.say(
      `OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: ${trunk.via}\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:127.0.0.1>\r\n` +
        "Call-ID: options\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
    );
    assert.match((await trunk.hearStatus(200, "OPTIONS")).header("Allow"), /INVITE/);
  });
}
