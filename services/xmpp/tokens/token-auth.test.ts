import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { createLogger, silentLog } from "@veche/kit/log.ts";
import { schema } from "../config.ts";
import { defaultLimits } from "../limits.ts";
import { ecKeys, jwkOf, pemOf, rsaKeys, signedToken, tokenEnv, tokenOf, zoe } from "../testing/token-forge.ts";
import { type Fetch, fetchText } from "./fetch-text.ts";
import { FileSource } from "./key-sources.ts";
import { TokenAuth } from "./token-auth.ts";
import type { TokenHeader } from "./verify.ts";

const now = 1_800_000_000_000;
const seconds = now / 1000;
const [rsa, otherRsa, ec] = [rsaKeys(), rsaKeys(), ecKeys()];

type Stage = { readonly env?: Record<string, string>; readonly fetch?: Fetch; readonly clock?: ManualClock };

function open({ env = tokenEnv, fetch, clock = new ManualClock(now) }: Stage = {}): Promise<TokenAuth> {
  const edges = { clock, log: silentLog, limits: defaultLimits.tokens, ...(fetch ? { fetch } : {}) };
  return TokenAuth.open(readConfig(schema, env), edges);
}

async function textOf(auth: TokenAuth, token: string): Promise<string> {
  const verified = await auth.verify(token);
  if (!verified.ok) return verified.text;
  return verified.isExpired ? "expired" : "good";
}

test("a token says who somebody is", async () => {
  using auth = await open();
  const verified = await auth.verify(tokenOf(zoe));
  assert.ok(verified.ok);
  const { person, ...identity } = verified.identity;
  assert.match(person, /^p_[a-z2-7]{16}$/);
  assert.deepEqual(identity, {
    kind: "token",
    userId: "u-1",
    displayName: "Zoe",
    email: "zoe@school.example",
    avatar: "https://school.example/z.png",
    group: "5a",
    accountRole: "",
    isEntitledModerator: true,
    features: undefined,
    room: { name: "*", isPattern: false, tenant: "*" },
    expiresMs: 4_000_000_000_000,
    isHiddenFromRecorder: false,
  });
});

test("moderators are those a token says to be, or who have one that says nothing", async () => {
  using auth = await open();
  const said: readonly (readonly [object, boolean])[] = [
    [{}, true],
    [{ moderator: true }, true],
    [{ moderator: "false" }, false],
    [{ context: { user: { moderator: "true" } } }, true],
    [{ context: { user: { moderator: false } } }, false],
    [{ context: { user: { affiliation: "owner" } } }, true],
    [{ context: { user: { affiliation: "member" } } }, false],
  ];
  for (const [claims, expected] of said) {
    const verified = await auth.verify(tokenOf({ ...zoe, ...claims }));
    assert.equal(verified.ok && verified.identity.isEntitledModerator, expected, JSON.stringify(claims));
  }
});

test("features and being hidden from recorders are read as Jitsi writes them", async () => {
  using auth = await open();
  const context = {
    user: { id: 7, "hidden-from-recorder": "true" },
    features: { recording: "true", livestreaming: false },
  };
  const verified = await auth.verify(tokenOf({ ...zoe, context }));
  assert.ok(verified.ok);
  assert.deepEqual(verified.identity.features, { recording: true, livestreaming: false });
  assert.equal(verified.identity.isHiddenFromRecorder, true);
  assert.equal(verified.identity.userId, "7");
});

const refusedClaims: readonly (readonly [string, object, string])[] = [
  ["no issuer", { iss: undefined }, "'iss' claim is missing"],
  ["another issuer", { iss: "other" }, "Invalid issuer ('iss' claim)"],
  ["another audience", { aud: "other" }, "Invalid audience ('aud' claim)"],
  ["no audience", { aud: undefined }, "Invalid audience ('aud' claim)"],
  ["no room", { room: undefined }, "'room' claim is missing"],
  ["a room that is none", { room: ["a"] }, "'room' claim is missing"],
  ["a time to come", { nbf: seconds + 60 }, "token not yet valid"],
  ["a past time", { exp: seconds - 60 }, "expired"],
  ["a time that is none", { exp: "tomorrow" }, "Invalid expiry ('exp' claim)"],
  ["a beginning that is none", { nbf: Number.MAX_VALUE }, "Invalid beginning ('nbf' claim)"],
  ["a bomb of a pattern", pattern("(".repeat(100)), "Invalid pattern ('room' claim)"],
  ["a pattern too long", pattern("a".repeat(300)), "Invalid pattern ('room' claim)"],
];

function pattern(room: string): object {
  return { room, context: { room: { regex: true } } };
}

test("claims that don't hold are refused with a word on which", async () => {
  using auth = await open({ env: { ...tokenEnv, JWT_ACCEPTED_AUDIENCES: "jitsi" } });
  for (const [what, claims, text] of refusedClaims) {
    assert.equal(await textOf(auth, tokenOf({ ...zoe, ...claims })), text, what);
  }
  assert.equal(await textOf(auth, tokenOf({ ...zoe, aud: ["x", "jitsi"] })), "good");
  assert.equal(await textOf(auth, tokenOf({ ...zoe, exp: seconds - 20, nbf: seconds + 20 })), "good", "clocks differ");
});

test("what nobody signed, or somebody else, is refused", async () => {
  using auth = await open();
  const [header, payload, signature] = tokenOf(zoe).split(".");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  const tokens: readonly (readonly [string, string, string])[] = [
    ["alg none", `${none}.${payload}.`, "Invalid algorithm"],
    ["alg none with a signature", `${none}.${payload}.${signature}`, "Invalid algorithm"],
    ["alg nOnE", tokenOf(zoe, { alg: "nOnE" }), "Invalid algorithm"],
    ["alg HS512", tokenOf(zoe, { alg: "HS512" }), "Invalid algorithm"],
    ["a secret that is wrong", tokenOf(zoe, {}, "guessed"), "Invalid signature"],
    ["an empty secret", tokenOf(zoe, {}, ""), "Invalid signature"],
    ["other claims", `${header}.${tokenOf({ ...zoe, room: "x" }).split(".")[1]}.${signature}`, "Invalid signature"],
    ["no signature", `${header}.${payload}.`, "Invalid signature"],
    ["an extension it does not know", tokenOf(zoe, { crit: ["x"], x: 1 }), "Invalid signature"],
    ["RS256 where there is a secret", signedToken(zoe, "RS256", rsa.privateKey, "k"), "could not obtain public key"],
    ["rubbish", "a.b.c", "Invalid token"],
    ["nothing", ".", "Invalid token"],
    ["claims that are no object", tokenOf([] as never), "Invalid token"],
    ["a token too long", tokenOf({ ...zoe, x: "x".repeat(9_000) }), "token is longer than 8192 characters"],
  ];
  for (const [what, token, text] of tokens) assert.equal(await textOf(auth, token), text, what);
});

async function withFile<T>(content: string, action: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "veche-keys-"));
  try {
    const path = join(folder, "keys");
    await writeFile(path, content);
    return await action(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a public key in a file is for its own algorithm, whatever a token says of itself", async () => {
  await withFile(pemOf(rsa.publicKey), async (path) => {
    using auth = await open({ env: { JWT_APP_ID: "school", JWT_PUBLIC_KEY_FILE: path } });
    assert.equal(await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey)), "good");
    assert.equal(await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey, "whatever")), "good");
    assert.equal(await textOf(auth, signedToken(zoe, "RS256", otherRsa.privateKey)), "Invalid signature");
    assert.notEqual(await textOf(auth, signedToken(zoe, "ES256", ec.privateKey, "k")), "good");
    for (const secret of [pemOf(rsa.publicKey), pemOf(rsa.publicKey).trim()]) {
      assert.notEqual(await textOf(auth, tokenOf(zoe, {}, secret)), "good", "the public key as a secret");
    }
  });
});

test("keys in a file are read again when they change, and stay where the new ones can't be used", async () => {
  await withFile(JSON.stringify({ keys: [jwkOf(ec.publicKey, "a")] }), async (path) => {
    const source = await FileSource.open(path, 10, { clock: new ManualClock(now), log: silentLog });
    const [old, fresh] = [
      { algorithm: "ES256", kid: "a" },
      { algorithm: "RS256", kid: "b" },
    ];
    const count = async (header: TokenHeader) => (await source.keysFor(header)).length;
    await writeFile(path, "{");
    await source.refresh();
    assert.equal(await count(old), 1);
    await writeFile(path, JSON.stringify({ keys: [jwkOf(rsa.publicKey, "b"), { kty: "oct", k: "AA", kid: "c" }] }));
    await source.refresh();
    assert.deepEqual([await count(old), await count(fresh)], [0, 1]);
    assert.equal(await count({ algorithm: "HS256", kid: "c" }), 0);
    source.close();
  });
});

test("files that hold no key of use stop the start", async () => {
  const contents = [
    "",
    "{}",
    pemOf(rsa.publicKey).replace("MII", "xxx"),
    rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  ];
  for (const content of contents) {
    await withFile(content, async (path) => {
      await assert.rejects(open({ env: { JWT_APP_ID: "school", JWT_PUBLIC_KEY_FILE: path } }));
    });
  }
  await assert.rejects(open({ env: { JWT_APP_SECRET: "x" } }), /JWT_APP_ID or JWT_ACCEPTED_ISSUERS/);
});

const kidHash = createHash("sha256").update("kid-1").digest("hex");

test("a key server is asked for the hash of the key's name, once, and not by strangers at will", async () => {
  const asked: string[] = [];
  const pem = pemOf(rsa.publicKey);
  const fetch: Fetch = async (url) => {
    asked.push(url);
    return url.endsWith(`${kidHash}.pem`) ? { text: pem, isMissing: false } : { text: "", isMissing: true };
  };
  const env = { JWT_APP_ID: "school", JWT_ASAP_KEYSERVER: "https://keys.example/k/" };
  using auth = await open({ env, fetch });
  const good = signedToken(zoe, "RS256", rsa.privateKey, "kid-1");
  assert.deepEqual(await Promise.all([textOf(auth, good), textOf(auth, good)]), ["good", "good"]);
  assert.deepEqual(asked, [`https://keys.example/k/${kidHash}.pem`]);
  assert.equal(await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey)), "'kid' claim is missing");
  assert.equal(
    await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey, "../../etc")),
    "could not obtain public key",
  );
  for (let number = 0; number < 200; number++) {
    assert.notEqual(await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey, `made-up-${number}`)), "good");
  }
  assert.equal(asked.length, defaultLimits.tokens.keys.newKeys.burst);
  assert.equal(await textOf(auth, good), "good");
  assert.equal(
    await textOf(auth, signedToken(zoe, "RS256", rsa.privateKey, "k".repeat(300))),
    "Invalid key ('kid' claim)",
  );
});

test("a key set is fetched again for a new key, not more often than now and then, and used while it can't be had", async () => {
  const clock = new ManualClock(now);
  let asked = 0;
  let keys = [jwkOf(rsa.publicKey, "a")];
  let isDown = false;
  const fetch: Fetch = async () => {
    asked++;
    if (isDown) throw new Error("connection refused");
    return { text: JSON.stringify({ keys }), isMissing: false };
  };
  const env = { JWT_APP_ID: "school", JWT_JWKS_URL: "https://keys.example/jwks" };
  using auth = await open({ env, fetch, clock });
  const [a, b] = [signedToken(zoe, "RS256", rsa.privateKey, "a"), signedToken(zoe, "ES256", ec.privateKey, "b")];
  assert.equal(await textOf(auth, a), "good");
  assert.equal(await textOf(auth, b), "could not obtain public key");
  keys = [jwkOf(rsa.publicKey, "a"), jwkOf(ec.publicKey, "b")];
  assert.equal(await textOf(auth, b), "could not obtain public key");
  assert.equal(asked, 1);
  await clock.advance(defaultLimits.tokens.keys.againMs);
  assert.equal(await textOf(auth, b), "good");
  assert.equal(asked, 2);
  isDown = true;
  await clock.advance(defaultLimits.tokens.keys.freshMs);
  assert.equal(await textOf(auth, b), "good");
  assert.equal(asked, 3);
  await clock.advance(defaultLimits.tokens.keys.staleMs);
  assert.equal(await textOf(auth, b), "the keys of tokens can't be had now; try again");
});

test("keys are fetched from the address that was given alone, no more of them than is sensible", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/elsewhere") response.writeHead(302, { location: "/big" }).end();
    else if (request.url === "/big") response.end("x".repeat(100_000));
    else if (request.url === "/silent") return;
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await assert.rejects(fetchText(`${url}/elsewhere`, { timeoutMs: 2_000, bytes: 1_000_000 }));
    await assert.rejects(fetchText(`${url}/big`, { timeoutMs: 2_000, bytes: 10_000 }), /at most 10000 bytes/);
    await assert.rejects(fetchText(`${url}/silent`, { timeoutMs: 50, bytes: 10_000 }));
    assert.equal((await fetchText(`${url}/none`, { timeoutMs: 2_000, bytes: 10 })).isMissing, true);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

const rooms: readonly (readonly [object, string, string, boolean])[] = [
  [{ room: "*", sub: "*" }, "main", "anything", true],
  [{ room: "Maths", sub: "*" }, "main", "maths", true],
  [{ room: "maths", sub: "*" }, "main", "physics", false],
  [{ room: "maths", sub: "*" }, "main", "maths2", false],
  [{ room: "5а", sub: "*" }, "main", encodeURIComponent("5а"), true],
  [{ room: ".*", sub: "*" }, "main", "maths", false],
  [{ ...pattern("^class-[0-9]+$"), sub: "*" }, "main", "class-12", true],
  [{ ...pattern("^class-[0-9]+$"), sub: "*" }, "main", "class-x", false],
  [{ ...pattern("^(a+)+$"), sub: "*" }, "main", `${"a".repeat(500)}!`, false],
  [{ room: "*", sub: "meet.jitsi" }, "main", "maths", true],
  [{ room: "*", sub: "meet.school.example" }, "main", "maths", true],
  [{ room: "*", sub: "other.example" }, "main", "maths", false],
  [{ room: "*", sub: "north" }, "main", "maths", false],
  [{ room: "*", sub: "North" }, "north", "maths", true],
  [{ room: "*", sub: "meet.jitsi" }, "north", "maths", false],
  [{ room: "*", sub: undefined }, "north", "maths", false],
  [{ room: "*", sub: undefined }, "main", "maths", true],
];

test("a token holds in its room and its tenant", async () => {
  using auth = await open({ env: { ...tokenEnv, PUBLIC_URL: "https://meet.school.example" } });
  for (const [claims, tenant, name, expected] of rooms) {
    const verified = await auth.verify(tokenOf({ ...zoe, ...claims }));
    assert.ok(verified.ok, JSON.stringify(claims));
    assert.equal(
      auth.holdsIn(verified.identity, { tenant, name }),
      expected,
      `${JSON.stringify(claims)} ${tenant} ${name}`,
    );
  }
  using lax = await open({ env: { ...tokenEnv, JWT_ENABLE_DOMAIN_VERIFICATION: "0" } });
  const verified = await lax.verify(tokenOf({ ...zoe, sub: "other.example", room: "maths" }));
  assert.ok(verified.ok && lax.holdsIn(verified.identity, { tenant: "main", name: "maths" }));
});

test("neither tokens nor secrets nor keys are logged", async () => {
  const written: string[] = [];
  const log = createLogger("xmpp", "trace", { write: (line) => void written.push(line) });
  const fetch: Fetch = async (url) => {
    throw new Error(`${url} can't be reached`);
  };
  const env = { ...tokenEnv, JWT_JWKS_URL: "https://keys:password@keys.example/jwks?token=abcdef" };
  const edges = { clock: new ManualClock(now), log, limits: defaultLimits.tokens, fetch };
  using auth = await TokenAuth.open(readConfig(schema, env), edges);
  const token = signedToken(zoe, "RS256", rsa.privateKey, "a");
  await auth.verify(token);
  await auth.verify(tokenOf(zoe));
  const lines = written.join("");
  assert.match(lines, /could not be fetched/);
  for (const secret of [token, "password", "abcdef", tokenEnv.JWT_APP_SECRET, "zoe@"])
    assert.ok(!lines.includes(secret));
});
